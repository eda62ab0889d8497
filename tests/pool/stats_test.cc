#include "provider_host/stats.h"

#include <gtest/gtest.h>

#include <sstream>

namespace provider_host {
namespace {

TEST(Stats, PrintOneLineForThePoolAndOneForEachHost) {
  PoolStats stats;
  stats.hosts.push_back({1, 4711, "ready", 1, 20, 0});
  stats.hosts.push_back({2, 0, "down", 0, 5, 3});
  stats.queued = 4;
  stats.submitted = 30;
  stats.succeeded = 24;
  stats.failed = 1;
  stats.restarts = 3;
  stats.latency_mean_ms = 0.1234;
  stats.latency_max_ms = 10;
  std::ostringstream text;
  text << stats;
  EXPECT_EQ(text.str(),
            "pool: 2 hosts, 4 queued, 30 submitted, 24 succeeded, 1 failed, 3 restarts, latency mean 0.123 ms, max "
            "10.000 ms\n"
            "host 1: ready, pid 4711, 1 in flight, 20 calls, 0 restarts\n"
            "host 2: down, pid 0, 0 in flight, 5 calls, 3 restarts\n");
}

}  // namespace
}  // namespace provider_host
