#include "provider_host/stats.h"

#include <gmock/gmock.h>

#include <sstream>

namespace provider_host {
namespace {

using ::testing::HasSubstr;

PoolStats some_stats() {
  PoolStats stats;
  stats.hosts.push_back({1, 4711, "ready", 1, 20, 0, 36 << 20, {"alive", 0.04, true, 1500, false}});
  stats.hosts.push_back({2, 0, "down", 0, 5, 3, 0, {}});
  stats.spares = 2;
  stats.queued = 4;
  stats.submitted = 30;
  stats.succeeded = 24;
  stats.failed = 2;
  stats.errors_by_kind = {{"host_crashed", 1}, {"timeout", 1}};
  stats.restarts = 3;
  stats.restarts_by_cause = {{"crash", 2}, {"unresponsive", 1}};
  stats.latency = {24, 0.1234, 0.1, 0.2, 0.3, 0.4, 10};
  return stats;
}

TEST(Stats, PrintATableForPeople) {
  std::ostringstream text;
  text << some_stats();
  EXPECT_EQ(text.str(), R"(calls           30 submitted, 24 succeeded, 2 failed, 4 queued
errors          1 host_crashed  1 timeout
restarts        2 crash  1 unresponsive
milliseconds        count       mean        p50        p90        p99      p99.9        max
in a host              24      0.123      0.100      0.200      0.300      0.400     10.000
host 1          ready, pid 4711, 1 in flight, 20 calls, 0 restarts, 36 MiB; alive, GIL after 0.0 ms, event loop not for 1500.0 ms
host 2          down, pid 0, 0 in flight, 5 calls, 3 restarts; down
spares          2 ready
)");
}

TEST(Stats, AreAnObjectInJson) {
  const auto json = to_json(some_stats());
  EXPECT_EQ(json.at("failed"), 2);
  EXPECT_EQ(json.at("errors_by_kind").at("timeout"), 1);
  EXPECT_EQ(json.at("restarts_by_cause").at("crash"), 2);
  EXPECT_EQ(json.at("latency").at("p99"), 0.3);
  EXPECT_EQ(json.at("spares"), 2);
  EXPECT_EQ(json.at("hosts").at(0).at("rss"), 36 << 20);
  EXPECT_EQ(json.at("hosts").at(0).at("health").at("loop_turned"), false);
  EXPECT_FALSE(json.at("hosts").at(1).at("health").contains("gil_ms"));
}

}  // namespace
}  // namespace provider_host
