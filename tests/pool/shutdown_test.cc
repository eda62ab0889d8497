#include <thread>

#include "pool/child_pool.h"
#include "pool/gate.h"

namespace provider_host {
namespace {

class ShutdownTest : public ChildPool {
 protected:
  PoolOptions impatient(const std::string& child) {
    PoolOptions options = options_for(child);
    options.stop_grace = 0.05;
    options.interrupt_grace = 0.05;
    return options;
  }
};

TEST_F(ShutdownTest, SettlesRunningAndQueuedCallsWhenTheirTimeIsUp) {
  Pool pool(impatient("silent"));
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

TEST_F(ShutdownTest, SettlesACallOfAnotherThreadWhenItsTimeIsUp) {
  Pool pool(impatient("silent"));
  Outcome outcome;
  std::thread caller([&] { outcome = pool.call(echo_call("blocking")); });
  log_.wait_for("got [\"blocking\"]");
  pool.shutdown(0);
  caller.join();
  EXPECT_EQ(kind_of(outcome), ErrorKind::kShuttingDown);
}

TEST_F(ShutdownTest, LetsRunningAndQueuedCallsEnd) {
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

TEST_F(ShutdownTest, LetsQueuedCallsEndAlsoWhenAHostCrashesMeanwhile) {
  Pool pool(options_for("segfaults_on_call"));
  const Pending crashes = pool.submit(echo_call("crashes"));
  const Pending queued = pool.submit(echo_call("queued"));
  pool.shutdown(1000);
  EXPECT_EQ(kind_of(crashes.get()), ErrorKind::kHostCrashed);
  EXPECT_TRUE(queued.get().ok()) << queued.get().error();
}

TEST_F(ShutdownTest, RefusesLaterCalls) {
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

TEST_F(ShutdownTest, EndsAHostThatIsDeafToEverythingElse) {
  PoolOptions options = impatient("deaf");
  options.workers = 2;
  Pool pool(std::move(options));
  const int pid = pool.call(echo_call("x")).pid;
  pool.shutdown();
  EXPECT_FALSE(process_exists(pid));
  EXPECT_EQ(pool.stats().hosts.at(0).state, "down");
}

TEST_F(ShutdownTest, TakesAHostThatLeavesSlowlyForNoViolation) {
  PoolOptions options = options_for("slow_leaver");
  options.stop_grace = 1.5;
  Pool pool(std::move(options));
  EXPECT_TRUE(pool.submit(echo_call("x")).get().ok());
  pool.shutdown();
  EXPECT_FALSE(log_.has("broke the frame protocol"));
}

TEST_F(ShutdownTest, IsShortenedByAMoreImpatientOne) {
  Pool pool(impatient("silent"));
  const Pending running = pool.submit(echo_call("running"));
  log_.wait_for("got [\"running\"]");
  std::thread patient([&] { pool.shutdown(1000); });
  pool.shutdown(0);
  patient.join();
  EXPECT_EQ(kind_of(running.get()), ErrorKind::kShuttingDown);
}

TEST_F(ShutdownTest, MayComeFromManyThreads) {
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

}  // namespace
}  // namespace provider_host
