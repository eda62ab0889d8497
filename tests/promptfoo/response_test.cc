#include "promptfoo/worker/response.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "promptfoo/worker/retry_words.h"

namespace provider_host::promptfoo {
namespace {

// What is without them already stays as it is.
bool would_run_again(const std::string& text) { return without_retry_words(text) != text; }

using testing::HasSubstr;
using testing::Not;

Error error_of(ErrorKind kind, std::string message) {
  Error error;
  error.kind = kind;
  error.message = std::move(message);
  return error;
}

TEST(Response, AResultIsPassedOnAsItIs) {
  EXPECT_EQ(response_text(Outcome::success(R"({"n":12345678901234567890.10})"), 5),
            R"({"type":"result","data":{"n":12345678901234567890.10}})");
}

TEST(Response, AnErrorIsValidJsonWhateverIsInIt) {
  const std::string text = response_text(Outcome::failure(error_of(ErrorKind::kInvalidRequest, "a\xff\n\"b\"")), 5);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["type"], "error");
  EXPECT_EQ(json["error"], "a\uFFFD\n\"b\"");
  EXPECT_EQ(json["traceback"], "");
}

TEST(Response, TheTextOfAnExceptionStaysAsItIs) {
  Error error = error_of(ErrorKind::kPythonException, "429 Too Many Requests");
  error.type = "ApiError";
  error.traceback =
      "Traceback (most recent call last):\n  File \"x.py\", line 503, in f\nApiError: 429 Too Many Requests\n";
  const ErrorText text = describe(error, 5);
  EXPECT_EQ(text.error, "429 Too Many Requests");
  EXPECT_THAT(text.traceback, HasSubstr("ApiError: 429 Too Many Requests"));
  EXPECT_THAT(text.traceback, Not(HasSubstr("503")));
}

TEST(Response, OfAnImportOnlyTheTextOfTheExceptionStays) {
  Error error = error_of(ErrorKind::kImportFailed, "network.py raised ApiError while being imported: 503 from network");
  error.type = "ApiError";
  error.traceback = "  File \"network.py\", line 504, in <module>\nApiError: 503 from network\n";
  const ErrorText text = describe(error, 5);
  EXPECT_THAT(text.error, HasSubstr("while being imported: 503 from network"));
  EXPECT_THAT(text.error, Not(HasSubstr("network.py")));
  EXPECT_THAT(text.traceback, Not(HasSubstr("504")));
}

TEST(Response, NothingElseMakesForAnotherRun) {
  Error missing = error_of(ErrorKind::kImportFailed, "No module named 'networkx'");
  missing.type = "ModuleNotFoundError";
  missing.traceback = "  File \"x.py\", line 1\n    import networkx\nModuleNotFoundError: No module named 'networkx'\n";
  Error crash = error_of(ErrorKind::kHostCrashed, "host 1 (pid 5029) was killed by SIGSEGV");
  crash.stack = "Current thread 0x00007f504 (most recent call first):\n  File \"x.py\", line 429 in f\n";
  crash.stderr_tail = "503 timeout\n";
  Error late = error_of(ErrorKind::kTimeout, "f was still running when its timeout of 502 s passed");
  late.stack = crash.stack;
  Error invalid = error_of(ErrorKind::kInvalidResponse, "object is not JSON serializable at $.network[503]");
  for (const Error& error : {missing, crash, late, invalid}) {
    const ErrorText text = describe(error, 502);
    EXPECT_FALSE(would_run_again(text.error)) << text.error;
    EXPECT_FALSE(would_run_again(text.traceback)) << text.traceback;
  }
}

TEST(Response, OptionsThatPromptfooHasNotAreNotNamed) {
  const Error error =
      error_of(ErrorKind::kInvalidRequest, "too large for the frame limit of 9 (the option frame_limit)");
  EXPECT_EQ(describe(error, 5).error, "too large for the frame limit of 9");
}

TEST(Response, ACrashShowsTheStackAndWhatWasOnStderr) {
  Error crash = error_of(ErrorKind::kHostCrashed, "host 1 was killed by SIGSEGV");
  crash.stack = "  File \"x.py\", line 1 in f";
  crash.stderr_tail = "last words\n";
  EXPECT_EQ(describe(crash, 5).traceback, "  File \"x.py\", line 1 in f\nThe last lines on stderr:\nlast words\n");
}

}  // namespace
}  // namespace provider_host::promptfoo
