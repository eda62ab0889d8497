#include "server/monitoring/health.h"

#include <gtest/gtest.h>

namespace provider_host::server {
namespace {

HostStats host_that_is(std::string state, std::string process) {
  HostStats host;
  host.number = 1;
  host.state = std::move(state);
  host.health.process = std::move(process);
  return host;
}

PoolStats pool_of(std::vector<HostStats> hosts) {
  PoolStats pool;
  pool.hosts = std::move(hosts);
  return pool;
}

std::string status_of(const PoolStats& pool, HealthLevel level = HealthLevel::kProcess) {
  const HealthVerdict verdict = readiness(pool, true, false, level);
  EXPECT_EQ(verdict.code, verdict.status == "ready" ? 200 : 503);
  return std::string(verdict.status);
}

TEST(Health, OneHostThatTakesCallsIsEnough) {
  EXPECT_EQ(status_of(pool_of({host_that_is("down", "down"), host_that_is("ready", "alive")})), "ready");
  EXPECT_EQ(status_of(pool_of({host_that_is("down", "down"), host_that_is("starting", "starting")})), "unavailable");
}

TEST(Health, APoolThatHasShrunkToNoHostIsReady) {
  EXPECT_EQ(status_of(pool_of({})), "ready") << "the next call starts one";
}

TEST(Health, AStoppedOrSilentProcessIsNotReady) {
  for (const char* process : {"stopped", "silent", "down"}) {
    EXPECT_EQ(status_of(pool_of({host_that_is("ready", process)})), "unavailable") << process;
  }
}

TEST(Health, AServerThatStartsOrDrainsIsNotReady) {
  const PoolStats pool = pool_of({host_that_is("ready", "alive")});
  EXPECT_EQ(readiness(pool, false, false).status, "starting");
  EXPECT_EQ(readiness(pool, false, false).code, 503);
  EXPECT_EQ(readiness(pool, true, true).status, "draining");
  EXPECT_EQ(readiness(pool, true, true).code, 503);
  EXPECT_EQ(readiness(pool, false, true).status, "draining");
}

TEST(Health, AHeldGilCountsFromTheLevelGilOn) {
  HostStats host = host_that_is("ready", "alive");
  host.health.gil_ms = 1000;
  host.health.gil_taken = false;
  EXPECT_EQ(status_of(pool_of({host})), "ready");
  EXPECT_EQ(status_of(pool_of({host}), HealthLevel::kGil), "unavailable");
  EXPECT_EQ(status_of(pool_of({host}), HealthLevel::kLoop), "unavailable");
  host.health.gil_taken = true;
  EXPECT_EQ(status_of(pool_of({host}), HealthLevel::kGil), "ready");
}

TEST(Health, AProbeThatIsUnderWayIsNoFault) {
  HostStats host = host_that_is("ready", "alive");
  host.health.gil_ms = 900;
  EXPECT_EQ(status_of(pool_of({host}), HealthLevel::kLoop), "ready");
  host.health.gil_taken = true;
  host.health.loop_ms = 900;
  EXPECT_EQ(status_of(pool_of({host}), HealthLevel::kLoop), "ready");
}

TEST(Health, AnEventLoopThatStandsStillCountsAtTheLevelLoopAlone) {
  HostStats host = host_that_is("ready", "alive");
  host.health.gil_ms = 0.1;
  host.health.gil_taken = true;
  host.health.loop_ms = 1000;
  host.health.loop_turned = false;
  EXPECT_EQ(status_of(pool_of({host}), HealthLevel::kGil), "ready");
  EXPECT_EQ(status_of(pool_of({host}), HealthLevel::kLoop), "unavailable");
  host.health.loop_turned = true;
  EXPECT_EQ(status_of(pool_of({host}), HealthLevel::kLoop), "ready");
}

TEST(Health, AHostThatWasNotProbedCountsAsHealthy) {
  EXPECT_EQ(status_of(pool_of({host_that_is("ready", "alive")}), HealthLevel::kLoop), "ready");
}

TEST(Health, LevelsHaveNames) {
  EXPECT_EQ(parse_health_level("process"), HealthLevel::kProcess);
  EXPECT_EQ(parse_health_level("gil"), HealthLevel::kGil);
  EXPECT_EQ(parse_health_level("loop"), HealthLevel::kLoop);
  EXPECT_EQ(parse_health_level("GIL"), std::nullopt);
  EXPECT_EQ(parse_health_level(""), std::nullopt);
}

TEST(Health, TheBodySaysHowEachHostIs) {
  HostStats host = host_that_is("ready", "alive");
  host.health.gil_ms = 0.5;
  host.health.gil_taken = true;
  const PoolStats pool = pool_of({host, host_that_is("down", "down")});
  EXPECT_EQ(readiness_json(readiness(pool, true, false), pool),
            R"({"status":"ready","hosts":[{"number":1,"state":"ready",)"
            R"("health":{"process":"alive","gil_ms":0.5,"gil_taken":true}},)"
            R"({"number":1,"state":"down","health":{"process":"down"}}]})");
}

}  // namespace
}  // namespace provider_host::server
