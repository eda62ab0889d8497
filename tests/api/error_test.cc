#include "provider_host/error.h"

#include <gmock/gmock.h>

#include <sstream>
#include <string>

namespace provider_host {
namespace {

TEST(Error, KindsHaveTheNamesOfTheContract) {
  const std::vector<std::string> names = {
      "python_exception", "function_not_found", "invalid_request", "invalid_response", "import_failed",
      "timeout",          "cancelled",          "host_crashed",    "collateral",       "quarantined",
      "pool_unavailable", "queue_full",         "shutting_down",   "protocol_error"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    EXPECT_EQ(to_string(kind), names[i]);
    EXPECT_EQ(parse_error_kind(names[i]), kind);
  }
  EXPECT_EQ(parse_error_kind("Timeout"), std::nullopt);
  EXPECT_EQ(parse_error_kind(""), std::nullopt);
}

Error full_error() {
  Error error;
  error.kind = ErrorKind::kHostCrashed;
  error.message = "m";
  error.traceback = "tb";
  error.type = "T";
  error.path = "$.x";
  error.signal = 11;
  error.exit_code = 3;
  error.stack = "st";
  error.stderr_tail = "err";
  error.verdict = "out-of-memory";
  error.phase = "running";
  error.culprit = "17";
  error.crashes = 2;
  error.last_error = "before";
  error.retry_after = 1.5;
  error.limit = 4;
  return error;
}

TEST(Error, AsJsonHasEveryFieldThatIsSet) {
  EXPECT_EQ(nlohmann::json(to_json(full_error())), nlohmann::json::parse(R"({
    "kind":"host_crashed","message":"m","traceback":"tb","type":"T","path":"$.x","signal":11,"exit_code":3,
    "stack":"st","stderr":"err","verdict":"out-of-memory","phase":"running","culprit":"17","crashes":2,
    "last_error":"before","retry_after":1.5,"limit":4})"));
}

TEST(Error, AsJsonLeavesOutWhatIsNotSet) {
  Error error;
  error.kind = ErrorKind::kCancelled;
  error.message = "the caller cancelled";
  EXPECT_EQ(to_json(error).dump(), R"({"kind":"cancelled","message":"the caller cancelled"})");
  error.exit_code = 0;
  error.signal = 0;
  EXPECT_EQ(to_json(error).at("exit_code"), 0) << "zero is a value";
}

TEST(Error, PrintsItsKindAndItsTraces) {
  std::ostringstream text;
  text << full_error();
  EXPECT_EQ(text.str(), "host_crashed: m\ntb\nst\nerr");
}

TEST(ImportFailed, SaysItAllInWhat) {
  const ImportFailed failed(full_error());
  EXPECT_STREQ(failed.what(), "m\ntb\nst\nerr");
  EXPECT_EQ(failed.error().type, "T");
}

}  // namespace
}  // namespace provider_host
