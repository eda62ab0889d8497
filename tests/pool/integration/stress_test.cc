// Everything at once: many threads, several hosts, random crashes, cancellations and timeouts.
#include <array>
#include <atomic>
#include <thread>

#include "helpers/open_descriptors.h"
#include "pool/integration/child_pool.h"

namespace provider_host {
namespace {

class StressTest : public ChildPool {
 protected:
  PoolOptions crashing(int concurrency) {
    PoolOptions options = options_for("random_crashes");
    options.workers = 4;
    options.concurrency = concurrency;
    options.max_consecutive_crashes = 1'000'000;
    options.interrupt_grace = 0.05;
    return options;
  }

  struct Counts {
    std::atomic<std::uint64_t> submitted = 0;
    std::atomic<std::uint64_t> callbacks = 0;
    std::atomic<std::uint64_t> succeeded = 0;
    std::atomic<std::uint64_t> failed = 0;
  };

  static void check(const Outcome& outcome, const std::string& text, Counts& counts) {
    if (outcome) {
      ++counts.succeeded;
      ASSERT_EQ(outcome.json(), "[\"" + text + "\"]");
      return;
    }
    ++counts.failed;
    const ErrorKind kind = outcome.error().kind;
    ASSERT_TRUE(kind == ErrorKind::kHostCrashed || kind == ErrorKind::kCancelled || kind == ErrorKind::kCollateral)
        << outcome.error();
  }

  static void make_calls(Pool& pool, int thread, Counts& counts) {
    for (int i = 0; i < 60; ++i) {
      const std::string text = std::to_string(thread * 1000 + i);
      counts.submitted += 2;
      check(pool.call(echo_call(text)), text, counts);
      const Pending pending = pool.submit(echo_call(text), [&counts](const Outcome&) { ++counts.callbacks; });
      if (i % 7 == 0) pending.cancel();
      check(pending.get(), text, counts);
    }
  }

  void run(int concurrency) {
    Counts counts;
    Pool pool(crashing(concurrency));
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t) threads.emplace_back([&, t] { make_calls(pool, t, counts); });
    for (std::thread& thread : threads) thread.join();
    pool.shutdown();
    const PoolStats stats = pool.stats();
    EXPECT_EQ(stats.submitted, counts.submitted);
    EXPECT_EQ(stats.succeeded, counts.succeeded);
    EXPECT_EQ(stats.failed, counts.failed);
    EXPECT_EQ(counts.succeeded + counts.failed, counts.submitted);
    EXPECT_EQ(counts.callbacks, counts.submitted / 2);
    EXPECT_GT(counts.succeeded, 300U);
    EXPECT_GT(stats.restarts, 0U);
    EXPECT_EQ(stats.queued, 0U);
  }
};

TEST_F(StressTest, SettlesEveryCallOnceWhateverHappensToHosts) {
  { const Pool warm_up(options_for("echo")); }
  const auto before = open_descriptors();
  run(1);
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(StressTest, SettlesEveryCallOnceWithManyCallsInAHost) { run(4); }

TEST_F(StressTest, SettlesEveryCallWhenThePoolGoesDownUnderLoad) {
  for (int round = 0; round < 10; ++round) {
    Pool pool(crashing(round < 5 ? 1 : 4));
    std::atomic<int> settled = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (bool open = true; open;) {
          const Outcome outcome = pool.call(echo_call("x"));
          open = outcome || outcome.error().kind != ErrorKind::kShuttingDown;
          ++settled;
        }
      });
    }
    while (settled < 20) pool.call(echo_call("y"));
    pool.shutdown(round % 2 == 0 ? 0 : 1);
    for (std::thread& thread : threads) thread.join();
    const PoolStats stats = pool.stats();
    EXPECT_EQ(stats.submitted, stats.succeeded + stats.failed);
  }
}

}  // namespace
}  // namespace provider_host
