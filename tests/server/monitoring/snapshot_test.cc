#include "server/monitoring/snapshot.h"

#include <gtest/gtest.h>

namespace provider_host::server {
namespace {

TEST(Snapshot, IsOneLineWithAllThatThePageShows) {
  const ServerFacts facts{"1.2.3", "dir/provider.py", "provider", 100};
  PoolStats pool;
  pool.succeeded = 5;
  pool.hosts.emplace_back().number = 1;
  RequestMetrics requests;
  FailureLog failures;
  PoolLog log;
  requests.request_started(Route::kCall);
  requests.request_ended(Route::kCall, 502, 0.01);
  failures.add({.time = 101, .request_id = "req_1", .path = "/v1/call", .status = 502, .error = {}});
  log.add({LogLevel::kWarning, 1, "pool", "host 1\ncrashed"}, 101);

  const std::string text = snapshot_json(facts, "ready", 102.5, pool, requests, failures, log);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["version"], "1.2.3");
  EXPECT_EQ(json["script"], "dir/provider.py");
  EXPECT_EQ(json["model"], "provider");
  EXPECT_EQ(json["status"], "ready");
  EXPECT_EQ(json["time"], 102.5);
  EXPECT_EQ(json["started"], 100);
  EXPECT_EQ(json["pool"], nlohmann::json(to_json(pool)));
  EXPECT_EQ(json["http"]["by_status"]["502"], 1);
  EXPECT_EQ(json["latency"]["count"], 1);
  EXPECT_EQ(json["failures"].at(0)["request_id"], "req_1");
  EXPECT_EQ(json["log"].at(0)["text"], "host 1\ncrashed");
  EXPECT_EQ(json.size(), 11U);
}

TEST(Snapshot, AScriptWhosePathIsNotUtf8IsJson) {
  const std::string text = snapshot_json({"1", "\xff.py", "\xff", 0}, "starting", 0, {}, {}, {}, {});
  EXPECT_EQ(nlohmann::json::parse(text)["script"], "�.py");
}

}  // namespace
}  // namespace provider_host::server
