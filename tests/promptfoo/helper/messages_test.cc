#include "promptfoo/helper/messages.h"

#include <gtest/gtest.h>

#include <exception>

#include "promptfoo/helper/failure_text.h"
#include "promptfoo/helper/host_settings.h"

namespace provider_host::promptfoo {
namespace {

TEST(HelperMessages, KeepEveryByte) {
  HelperRequest request;
  request.owner = {12, 345};
  request.script = "/tmp/\xff%41.py";
  request.umask = 027;
  request.environment = {"A=\x80", "B=", "C==\n"};
  const HelperRequest received = decode_request(encode(request));
  EXPECT_EQ(received.owner, request.owner);
  EXPECT_EQ(received.script, request.script);
  EXPECT_EQ(received.umask, request.umask);
  EXPECT_EQ(received.environment, request.environment);
}

TEST(HelperMessages, OfAnotherTypeAreRefused) {
  EXPECT_EQ(decode_hello(encode(Hello{"1.2"})).version, "1.2");
  EXPECT_THROW(decode_hello(encode(HelperRequest{})), std::exception);
  EXPECT_THROW(decode_request("[]"), std::exception);
  EXPECT_THROW(decode_reply(R"({"type":"other"})"), std::exception);
  EXPECT_THROW(decode_reply("{"), std::exception);
}

TEST(HostSettings, DifferInWhatAScriptCanSee) {
  HelperRequest request;
  request.script = "/a.py";
  request.environment = {"A=1", "B=2"};
  const HostSettings settings = settings_of(request);
  request.environment = {"B=2", "A=1"};
  EXPECT_EQ(settings_of(request), settings);
  request.environment = {"B=2", "A=2"};
  EXPECT_NE(settings_of(request), settings);
  for (const char* odd : {"A", "=1", ""}) {
    request.environment = {odd};
    EXPECT_THROW(settings_of(request), std::exception) << odd;
  }
  request.environment = {"A=1", "A=2"};
  EXPECT_THROW(settings_of(request), std::exception);
}

TEST(HostSettings, KnowInlineCode) {
  EXPECT_TRUE(is_inline_script("/tmp/promptfoo-python-code-aBc123/script.py"));
  EXPECT_FALSE(is_inline_script("/tmp/promptfoo-python-code-aBc123/other.py"));
  EXPECT_FALSE(is_inline_script("/home/me/script.py"));
}

TEST(FailureText, IsATracebackWhereThereIsOne) {
  Error error;
  error.traceback = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nValueError: x\n";
  EXPECT_EQ(failure_of(error).text, error.traceback);
  EXPECT_EQ(failure_of(error).exit_code, 1);
  error.traceback = "  File \"a.py\", line 1\nSyntaxError: invalid syntax";
  EXPECT_EQ(failure_of(error).text, "Traceback (most recent call last):\n" + error.traceback + "\n");
}

TEST(FailureText, LeavesOutWhatEarlierCallsWrote) {
  EXPECT_EQ(without_earlier("b\nc", "a\nb\n"), "c\n");
  EXPECT_EQ(without_earlier("a\na\n", "a\n"), "a\n");
  EXPECT_EQ(without_earlier("a", "a\n"), "");
  EXPECT_EQ(without_earlier("a\nb\n", ""), "a\nb\n");
  EXPECT_EQ(without_earlier("b\n", "a\n"), "b\n");
  EXPECT_EQ(without_earlier("", "a\n"), "");
}

TEST(FailureText, HasTheExitCodeOfAScript) {
  Error error;
  error.type = "SystemExit";
  error.traceback = "Traceback (most recent call last):\nSystemExit\n";
  for (const auto& [message, code] : {std::pair("3", 3), {"0", 1}, {"3 files", 1}, {"256", 1}, {"SystemExit", 1}}) {
    error.message = message;
    EXPECT_EQ(failure_of(error).exit_code, code) << message;
  }
}

}  // namespace
}  // namespace provider_host::promptfoo
