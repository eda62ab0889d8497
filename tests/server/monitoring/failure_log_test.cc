#include "server/monitoring/failure_log.h"

#include <gtest/gtest.h>

namespace provider_host::server {
namespace {

Failure failure_of(int number) {
  Failure failure;
  failure.time = 1.5;
  failure.request_id = "req_" + std::to_string(number);
  failure.path = "/v1/call";
  failure.status = 422;
  failure.error.kind = ErrorKind::kPythonException;
  failure.error.message = "it raised";
  failure.error.traceback = "Traceback";
  failure.host = 2;
  failure.pid = 77;
  return failure;
}

TEST(FailureLog, AnEntryHasTheWholeError) {
  FailureLog log;
  EXPECT_EQ(log.json(), "[]");
  log.add(failure_of(1));
  EXPECT_EQ(log.json(),
            R"([{"time":1.5,"request_id":"req_1","path":"/v1/call","status":422,"error":{"kind":"python_exception",)"
            R"("message":"it raised","traceback":"Traceback"},"host":2,"pid":77}])");
}

TEST(FailureLog, TheLastFiftyAreKeptNewestFirst) {
  FailureLog log;
  for (int number = 1; number <= 120; ++number) log.add(failure_of(number));
  const auto json = nlohmann::json::parse(log.json());
  ASSERT_EQ(json.size(), 50U);
  EXPECT_EQ(json.front()["request_id"], "req_120");
  EXPECT_EQ(json.back()["request_id"], "req_71");
}

TEST(FailureLog, OfALongTracebackTheEndIsKeptAndOfALongStackTheBeginning) {
  std::string long_text = "first ";
  for (int i = 0; i < 10'000; ++i) long_text += "ü";  // two bytes: cuts fall inside of some
  long_text += " last";
  Failure failure = failure_of(1);
  failure.error.traceback = failure.error.stack = failure.error.stderr_tail = failure.error.message = long_text;
  failure.error.culprit = failure.path = long_text;
  FailureLog log;
  log.add(failure);
  EXPECT_LT(log.json().size(), 7 * (FailureLog::kMaxText + 100));
  const auto entry = nlohmann::json::parse(log.json()).at(0);
  const auto text_of = [&](const char* name) { return entry["error"][name].get<std::string>(); };
  for (const char* name : {"traceback", "stderr"}) {
    EXPECT_TRUE(text_of(name).starts_with("[…]ü")) << name;
    EXPECT_TRUE(text_of(name).ends_with("ü last")) << name;
  }
  for (const char* name : {"stack", "message", "culprit"}) {
    EXPECT_TRUE(text_of(name).starts_with("first ü")) << name;
    EXPECT_TRUE(text_of(name).ends_with("ü[…]")) << name;
  }
  EXPECT_EQ(log.json().find("�"), std::string::npos) << "no character is cut";
}

TEST(FailureLog, APathOfAnyBytesIsJson) {
  Failure failure = failure_of(1);
  failure.path = "/\xff\"\n";
  FailureLog log;
  log.add(failure);
  EXPECT_EQ(nlohmann::json::parse(log.json()).at(0)["path"], "/�\"\n");
}

}  // namespace
}  // namespace provider_host::server
