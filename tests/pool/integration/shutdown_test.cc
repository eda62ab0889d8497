#include <thread>

#include "helpers/gate.h"
#include "pool/integration/concurrency.h"

namespace provider_host {
namespace {

class ShutdownTest : public EachConcurrency {
 protected:
  PoolOptions short_timeouts(const std::string& child) {
    PoolOptions options = options_for(child);
    options.stop_grace = 0.05;
    options.interrupt_grace = 0.05;
    return options;
  }
};
INSTANTIATE_TEST_SUITE_P(Pool, ShutdownTest, kEachConcurrency, concurrency_name);

TEST_P(ShutdownTest, SettlesRunningAndQueuedCallsWhenTheirTimeIsUp) {
  Pool pool(short_timeouts("silent"));
  Settlings settlings;
  const Pending running = pool.submit(echo_call("running"), settlings.expect("running"));
  const Pending queued = pool.submit(echo_call("queued"), settlings.expect("queued"));
  log_.wait_for("got [\"running\"]");
  pool.shutdown(0);
  EXPECT_EQ(kind_of(running.get()), ErrorKind::kShuttingDown);
  EXPECT_EQ(kind_of(queued.get()), ErrorKind::kShuttingDown);
  EXPECT_TRUE(settlings.each_once());
  EXPECT_FALSE(process_exists(running.get().pid));
}

TEST_P(ShutdownTest, SettlesACallOfAnotherThreadWhenItsTimeIsUp) {
  Pool pool(short_timeouts("silent"));
  Outcome outcome;
  std::thread caller([&] { outcome = pool.call(echo_call("blocking")); });
  log_.wait_for("got [\"blocking\"]");
  pool.shutdown(0);
  caller.join();
  EXPECT_EQ(kind_of(outcome), ErrorKind::kShuttingDown);
}

TEST_P(ShutdownTest, LetsRunningAndQueuedCallsEnd) {
  const Gate gate(script());
  Pool pool(options_for("gated"));
  const Pending running = pool.submit(echo_call("gate"));
  const Pending queued = pool.submit(echo_call("queued"));
  log_.wait_for("got [\"gate\"]");
  std::thread opener([&] { gate.open(); });
  pool.shutdown(1000);
  opener.join();
  EXPECT_TRUE(running.get().ok());
  EXPECT_TRUE(queued.get().ok());
}

TEST_P(ShutdownTest, IsCutShortWhenItIsInterrupted) {
  Pool pool(short_timeouts("silent"));
  const Pending running = pool.submit(echo_call("running"));
  log_.wait_for("got [\"running\"]");
  int asked = 0;
  pool.shutdown(1000, [&] { return ++asked == 2; });
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(kind_of(running.get()), ErrorKind::kShuttingDown);
  EXPECT_FALSE(process_exists(running.get().pid));
}

TEST_P(ShutdownTest, LetsQueuedCallsEndAlsoWhenAHostCrashesMeanwhile) {
  Pool pool(options_for("segfaults_on_call"));
  std::vector<Pending> crashes;
  for (int i = 0; i < GetParam(); ++i) crashes.push_back(pool.submit(echo_call("crashes")));
  const Pending queued = pool.submit(echo_call("queued"));
  pool.shutdown(1000);
  for (const Pending& call : crashes) EXPECT_EQ(kind_of(call.get()), ErrorKind::kHostCrashed);
  EXPECT_TRUE(queued.get().ok()) << queued.get().error();
}

TEST_P(ShutdownTest, RefusesLaterCalls) {
  Pool pool(options_for("echo"));
  pool.shutdown();
  EXPECT_EQ(kind_of(pool.call(echo_call("x"))), ErrorKind::kShuttingDown);
  const Pending pending = pool.submit(echo_call("x"));
  ASSERT_TRUE(pending.done());
  EXPECT_EQ(kind_of(pending.get()), ErrorKind::kShuttingDown);
  EXPECT_THROW(pool.inspect(), std::runtime_error);
  pool.shutdown();
  EXPECT_EQ(pool.stats().failed, 3U);
}

TEST_P(ShutdownTest, EndsAHostThatIsDeafToEverythingElse) {
  PoolOptions options = short_timeouts("ignores_sigterm");
  options.workers = 2;
  Pool pool(std::move(options));
  const int pid = pool.call(echo_call("x")).pid;
  pool.shutdown();
  EXPECT_FALSE(process_exists(pid));
  EXPECT_EQ(pool.stats().hosts.at(0).state, "down");
}

TEST_P(ShutdownTest, TakesAHostThatLeavesSlowlyForNoViolation) {
  PoolOptions options = options_for("slow_exit");
  options.stop_grace = 1.5;
  Pool pool(std::move(options));
  EXPECT_TRUE(pool.submit(echo_call("x")).get().ok());
  pool.shutdown();
  EXPECT_FALSE(log_.has("broke the frame protocol"));
}

TEST_P(ShutdownTest, IsShortenedByAShorterOne) {
  Pool pool(short_timeouts("silent"));
  const Pending running = pool.submit(echo_call("running"));
  log_.wait_for("got [\"running\"]");
  std::thread patient([&] { pool.shutdown(1000); });
  pool.shutdown(0);
  patient.join();
  EXPECT_EQ(kind_of(running.get()), ErrorKind::kShuttingDown);
}

TEST_P(ShutdownTest, MayComeFromManyThreads) {
  Pool pool(options_for("echo"));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&pool] {
      for (int k = 0; k < 20; ++k) {
        const Outcome outcome = pool.call(echo_call("x"));
        if (!outcome) {
          EXPECT_EQ(kind_of(outcome), ErrorKind::kShuttingDown);
        }
      }
      pool.shutdown();
    });
  }
  for (std::thread& thread : threads) thread.join();
  const PoolStats stats = pool.stats();
  EXPECT_EQ(stats.submitted, stats.succeeded + stats.failed);
}

class ShutdownOfSeveralTest : public SeveralInFlight {};

TEST_F(ShutdownOfSeveralTest, SettlesEachRunningAndQueuedCallWhenTheirTimeIsUp) {
  Pool pool(options_for("scripted"));
  const auto running = submit_and_hold(pool, {"a silent", "b silent", "c silent", "d silent"});
  const auto queued = submit_all(pool, {"e", "f"});
  pool.shutdown(0);
  for (const auto& calls : {running, queued}) {
    for (const Pending& call : calls) {
      ASSERT_TRUE(call.done());
      EXPECT_EQ(kind_of(call.get()), ErrorKind::kShuttingDown);
    }
  }
  EXPECT_TRUE(settlings_.each_once());
  EXPECT_FALSE(process_exists(running[0].get().pid));
}

TEST_F(ShutdownOfSeveralTest, WaitsForTheCallsOfAHostThatIsBeingReplaced) {
  const Gate gate(script());
  Pool pool(options_for("scripted"));
  const auto calls = submit_and_hold(pool, {"gate", "a", "unwanted", "b"});
  calls[2].cancel();
  EXPECT_EQ(kind_of(calls[2].get()), ErrorKind::kCancelled);
  std::thread opener([&] { gate.open(); });
  pool.shutdown(1000);
  opener.join();
  expect_echo(calls[0].get(), "gate");
  expect_echo(calls[1].get(), "a");
  expect_echo(calls[3].get(), "b");
  EXPECT_TRUE(settlings_.each_once());
  EXPECT_FALSE(process_exists(calls[0].get().pid));
}

TEST_F(ShutdownOfSeveralTest, SettlesTheCallsOfAHostThatIsBeingReplacedWhenTheirTimeIsUp) {
  Pool pool(options_for("scripted"));
  const auto calls = submit_and_hold(pool, {"a silent", "b silent", "c silent", "unwanted silent"});
  calls[3].cancel();
  EXPECT_EQ(kind_of(calls[3].get()), ErrorKind::kCancelled);
  pool.shutdown(0);
  for (const std::size_t i : {0U, 1U, 2U}) EXPECT_EQ(kind_of(calls[i].get()), ErrorKind::kShuttingDown);
  EXPECT_TRUE(settlings_.each_once());
  EXPECT_FALSE(process_exists(calls[0].get().pid));
}

TEST_F(ShutdownOfSeveralTest, SettlesBlockingCallsOfManyThreadsWhenTheirTimeIsUp) {
  Pool pool(options_for("silent"));
  std::vector<Outcome> outcomes;
  std::thread callers([&] { outcomes = call_at_once(pool, 3 * kInFlight); });
  log_.wait_for("got [\"x\"]");
  pool.shutdown(0);
  callers.join();
  for (const Outcome& outcome : outcomes) EXPECT_EQ(kind_of(outcome), ErrorKind::kShuttingDown);
}

}  // namespace
}  // namespace provider_host
