#include "cli/batch/stats/stats_table.h"

#include <gtest/gtest.h>

#include <regex>

namespace provider_host::cli {
namespace {

PoolStats after_a_crash() {
  PoolStats stats;
  stats.submitted = 1504;
  stats.succeeded = 1500;
  stats.failed = 3;
  stats.queued = 0;
  stats.errors_by_kind = {{"host_crashed", 2}, {"timeout", 1}};
  stats.restarts = 2;
  stats.restarts_by_cause = {{"crash", 2}};
  stats.latency = {.count = 1500, .mean = 1, .p50 = 0.0612, .p90 = 0.08, .p99 = 1.2, .p999 = 9, .max = 3400};
  stats.queue_wait = {.count = 1503, .mean = 1, .p50 = 0.5, .p90 = 0.7, .p99 = 12, .p999 = 9, .max = 34};
  stats.crash_to_ready = {.count = 2, .mean = 60, .p50 = 60, .p90 = 70, .p99 = 70, .p999 = 70, .max = 70};
  stats.hosts = {
      {.number = 1,
       .pid = 4242,
       .state = "ready",
       .in_flight = 1,
       .calls = 1500,
       .restarts = 2,
       .rss = 36'800'000,
       .health = {.process = "alive", .gil_ms = 0.05, .gil_taken = true, .loop_ms = 812, .loop_turned = false}},
      {.number = 2, .pid = 0, .state = "down", .in_flight = 0, .calls = 3, .restarts = 0, .health = {}}};
  return stats;
}

TEST(StatsTable, ShowsCallsErrorsRestartsTimesAndHostsInAlignedColumns) {
  const std::string expected =
      "calls     1,500  ok\n"
      "              3  failed\n"
      "              1  unfinished\n"
      "errors        2  host_crashed\n"
      "              1  timeout\n"
      "restarts      2  crash\n"
      "\n"
      "                count      p50      p90      p99      max\n"
      "latency (ok)    1,500  61.2 µs  80.0 µs  1.20 ms   3.40 s\n"
      "queue wait      1,503   500 µs   700 µs  12.0 ms  34.0 ms\n"
      "crash to ready      2  60.0 ms  70.0 ms  70.0 ms  70.0 ms\n"
      "\n"
      "host   pid  state  process  running  calls  restarts      GIL       event loop       rss\n"
      "   1  4242  ready  alive          1  1,500         2  50.0 µs  none for 812 ms  35.1 MiB\n"
      "   2        down                         3\n";
  EXPECT_EQ(stats_table(after_a_crash(), ResultUsage(), false), expected);
}

TEST(StatsTable, LeavesOutWhatIsZeroOrNotKnown) {
  PoolStats stats;
  stats.submitted = stats.succeeded = 1;
  stats.hosts.resize(1);
  stats.hosts[0].number = 1;
  stats.hosts[0].pid = 7;
  stats.hosts[0].state = "ready";
  stats.hosts[0].calls = 1;
  stats.hosts[0].health.process = "alive";
  EXPECT_EQ(stats_table(stats, ResultUsage(), false),
            "calls  1  ok\n"
            "\n"
            "host  pid  state  process  calls\n"
            "   1    7  ready  alive        1\n");
  EXPECT_EQ(stats_table({}, ResultUsage(), false), "no calls were made\n");
}

TEST(StatsTable, ColoursChangeNothingElse) {
  const std::string coloured = stats_table(after_a_crash(), ResultUsage(), true);
  EXPECT_NE(coloured.find("\x1b[31m"), std::string::npos);
  EXPECT_EQ(std::regex_replace(coloured, std::regex("\x1b\\[[0-9]+m"), ""),
            stats_table(after_a_crash(), ResultUsage(), false));
}

}  // namespace
}  // namespace provider_host::cli
