// Pools that grow with their calls, and shrink without them.
#include <atomic>
#include <chrono>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "end_to_end/written_script.h"

namespace provider_host {
namespace {

// "wait" lasts until there is a file.
constexpr const char* kWaits = R"(
import os
import time
def call_api(prompt, options, context):
    while prompt == "wait" and not os.path.exists(__file__ + ".over"):
        time.sleep(0.01)
    return {"output": os.getpid()}
)";

class Elastic : public WrittenScript {
 protected:
  Elastic() { write(kWaits); }

  PoolOptions options_with(WorkerRange workers) {
    PoolOptions options = this->options();
    options.workers = workers;
    options.idle_timeout = 0.1;
    return options;
  }
  static void wait_for_hosts(const Pool& pool, std::size_t hosts) {
    while (pool.stats().hosts.size() != hosts) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
};

TEST_F(Elastic, GrowUnderBlockingCallsAndShrinkWithoutAny) {
  constexpr int kCallers = 20;
  Pool pool(options_with({1, 3}));
  EXPECT_EQ(pool.stats().hosts.size(), 1U);
  std::atomic<int> succeeded = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&] { succeeded += pool.call_api("wait").ok() ? 1 : 0; });
  }
  wait_for_hosts(pool, 3);
  std::ofstream(path().string() + ".over").close();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(succeeded, kCallers);
  wait_for_hosts(pool, 1);
  EXPECT_EQ(pool.stats().failed, 0U);
  EXPECT_EQ(pool.stats().restarts, 0U);
}

TEST_F(Elastic, GoToZeroAndBack) {
  Pool pool(options_with({0, 2}));
  std::set<int> pids;
  for (int i = 0; i < 3; ++i) {
    wait_for_hosts(pool, 0);
    const Outcome outcome = i % 2 == 0 ? pool.call_api("x") : pool.submit(Call::api_call("x")).get();
    ASSERT_TRUE(outcome) << text_of(outcome);
    pids.insert(outcome.pid);
  }
  EXPECT_EQ(pids.size(), 3U);
  EXPECT_EQ(pool.stats().restarts, 0U);
}

// Hosts are stopped all the time, just as calls come.
TEST_F(Elastic, LoseNoCallWhileTheyShrink) {
  PoolOptions options = options_with({0, 3});
  options.idle_timeout = 0.01;
  Pool pool(std::move(options));
  std::atomic<int> failed = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = 0; i < 20; ++i) {
        failed += pool.call_api("x").ok() ? 0 : 1;
        std::this_thread::sleep_for(std::chrono::milliseconds((7 * caller + i) % 20));
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(pool.stats().restarts, 0U);
}

}  // namespace
}  // namespace provider_host
