#include "pool/metrics.h"

#include <gtest/gtest.h>

#include <memory>

#include "platform/shared_memory.h"

namespace provider_host::internal {
namespace {

CallPtr call_of(int host) {
  auto call =
      std::make_shared<CallState>(1, Submission{.call = Call::api_call("x")}, CallLimits{}, Clock::now(), nullptr);
  call->host = host;
  call->started = call->submitted;
  return call;
}

std::shared_ptr<const HealthProbe> some_probe() {
  const Fd memory = platform::make_shared_memory(sizeof(wire::HostMemory), wire::HostMemory::kLeast);
  return std::make_shared<HealthProbe>(platform::SharedMemory::map(memory.get(), sizeof(wire::HostMemory)));
}

TEST(Metrics, CountCallsOfTheFastPathAsAllOthers) {
  Metrics metrics(2);
  const CallPtr call = call_of(2);
  metrics.on_leased(*call);
  EXPECT_EQ(metrics.stats(false).submitted, 1U);
  EXPECT_EQ(metrics.stats(false).hosts.at(1).in_flight, 1);
  metrics.on_released(*call, Outcome::success("1"));
  const PoolStats stats = metrics.stats(false);
  EXPECT_EQ(stats.succeeded, 1U);
  EXPECT_EQ(stats.latency.count, 1U);
  EXPECT_EQ(stats.hosts.at(1).in_flight, 0);
  EXPECT_EQ(stats.hosts.at(1).calls, 1U);
  EXPECT_EQ(stats.hosts.at(0).calls, 0U);
  EXPECT_EQ(metrics.responses(), 1U);
}

TEST(Metrics, CountRefusedCallsAsSubmittedAndFailed) {
  Metrics metrics(1);
  Error error;
  error.kind = ErrorKind::kQueueFull;
  auto call = call_of(0);
  call->started = {};
  metrics.on_refused(*call, Outcome::failure(error));
  const PoolStats stats = metrics.stats(false);
  EXPECT_EQ(stats.submitted, 1U);
  EXPECT_EQ(stats.failed, 1U);
  EXPECT_EQ(stats.errors_by_kind.at("queue_full"), 1U);
  EXPECT_EQ(stats.queue_wait.count, 0U) << "no host had it";
}

TEST(Metrics, SayTheStateOfEachWorker) {
  Metrics metrics(1);
  EXPECT_EQ(metrics.stats(false).hosts.at(0).state, "down");
  metrics.set_process(1, {some_probe(), 4711, false});
  EXPECT_EQ(metrics.stats(false).hosts.at(0).state, "starting");
  EXPECT_EQ(metrics.stats(false).hosts.at(0).health.process, "starting");
  metrics.set_process(1, {some_probe(), 4711, true});
  EXPECT_EQ(metrics.stats(false).hosts.at(0).state, "ready");
  EXPECT_EQ(metrics.stats(false).hosts.at(0).pid, 4711);
  EXPECT_EQ(metrics.stats(false).hosts.at(0).health.process, "alive");
  EXPECT_EQ(metrics.stats(true).hosts.at(0).state, "stopping");
}

TEST(Metrics, CountAllStartsButTheFirstAsRestarts) {
  Metrics metrics(1);
  metrics.on_start(1);
  EXPECT_EQ(metrics.stats(false).restarts, 0U);
  metrics.on_start(1);
  metrics.on_start(1);
  metrics.on_start_undone(1);
  metrics.on_restart(RestartCause::kCrash);
  EXPECT_EQ(metrics.stats(false).restarts, 1U);
  EXPECT_EQ(metrics.stats(false).restarts_by_cause.at("crash"), 1U);
  metrics.on_replaced(1, RestartCause::kUnresponsive);
  EXPECT_EQ(metrics.stats(false).restarts, 2U);
  EXPECT_EQ(metrics.stats(false).restarts_by_cause.at("unresponsive"), 1U);
}

TEST(Metrics, AParkedWorkerIsNotShownAndWhatItHasDoneCounts) {
  Metrics metrics(2);
  for (int starts = 0; starts < 3; ++starts) metrics.on_start(1);
  metrics.set_parked(1, true);
  ASSERT_EQ(metrics.stats(false).hosts.size(), 1U);
  EXPECT_EQ(metrics.stats(false).hosts.at(0).number, 2);
  EXPECT_EQ(metrics.stats(false).restarts, 2U);
  metrics.set_parked(1, false);
  metrics.on_start(1);
  EXPECT_EQ(metrics.stats(false).hosts.at(0).number, 1);
  EXPECT_EQ(metrics.stats(false).hosts.at(0).restarts, 2U) << "its process replaces none";
  metrics.on_start(1);
  EXPECT_EQ(metrics.stats(false).restarts, 3U);
}

}  // namespace
}  // namespace provider_host::internal
