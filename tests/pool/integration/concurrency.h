#pragma once

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "pool/integration/child_pool.h"

namespace provider_host {

/// Calls that are submitted together, and counted when they settle.
class ManyCalls : public ChildPool {
 protected:
  std::vector<Pending> submit_all(Pool& pool, const std::vector<std::string>& texts) {
    std::vector<Pending> pending;
    for (const auto& text : texts) pending.push_back(pool.submit(echo_call(text), settlings_.expect(text)));
    return pending;
  }

  Settlings settlings_;
};

/// Tests that run twice: with one call at a time in a host, where a blocking call takes the fast path on its
/// caller's thread, and with several, where the reactor thread does everything. Instantiate with kEachConcurrency.
class EachConcurrency : public ManyCalls, public testing::WithParamInterface<int> {
 protected:
  PoolOptions options_for(const std::string& child) {
    PoolOptions options = ChildPool::options_for(child);
    options.concurrency = GetParam();
    return options;
  }
};

/// Tests of several calls in flight in one host.
class SeveralInFlight : public ManyCalls {
 protected:
  static constexpr int kInFlight = 4;

  PoolOptions options_for(const std::string& child) {
    PoolOptions options = ChildPool::options_for(child);
    options.concurrency = kInFlight;
    options.interrupt_grace = 0.05;
    options.stop_grace = 0.05;
    return options;
  }

  /// Submits them and returns when the `scripted` child, which does what they say, has all of them.
  std::vector<Pending> submit_and_hold(Pool& pool, const std::vector<std::string>& texts) {
    std::vector<Pending> pending = submit_all(pool, texts);
    log_.wait_for("holds " + std::to_string(texts.size()) + " calls");
    return pending;
  }
};

inline const auto kEachConcurrency = testing::Values(1, 4);
inline std::string concurrency_name(const testing::TestParamInfo<int>& parameter) {
  return parameter.param == 1 ? "OneAtATime" : "SeveralAtATime";
}

inline void wait_until_all_are_ready(const Pool& pool) {
  auto all_are_ready = [&pool] {
    const auto hosts = pool.stats().hosts;
    return std::ranges::all_of(hosts, [](const HostStats& host) { return host.state == "ready"; });
  };
  while (!all_are_ready()) std::this_thread::yield();
}

/// The outcomes of as many blocking calls at the same time.
inline std::vector<Outcome> call_at_once(Pool& pool, int count) {
  std::vector<Outcome> outcomes(static_cast<std::size_t>(count));
  std::vector<std::thread> threads;
  for (Outcome& outcome : outcomes) threads.emplace_back([&] { outcome = pool.call(echo_call("x")); });
  for (std::thread& thread : threads) thread.join();
  return outcomes;
}

inline void expect_echo(const Outcome& outcome, const std::string& text) {
  ASSERT_TRUE(outcome) << text << ": " << outcome.error();
  EXPECT_EQ(outcome.json(), "[\"" + text + "\"]");
}

}  // namespace provider_host
