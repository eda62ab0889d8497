#pragma once

#include <provider_host/pool.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace provider_host::benchmarks {

/// Returns when all hosts of the pool are ready.
inline void wait_for_hosts(const Pool& pool) {
  const auto ready = [&pool] {
    const auto stats = pool.stats();
    return std::ranges::all_of(stats.hosts, [](const HostStats& host) { return host.state == "ready"; });
  };
  while (!ready()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

/// Keeps a number of calls in flight until a number of calls is done: each that settles submits the next. A call that
/// fails ends the program.
class InFlight {
 public:
  InFlight(Pool& pool, std::string prompt) : pool_(pool), prompt_(std::move(prompt)) {}

  /// Returns when `calls` have settled.
  void run(int calls, int in_flight) {
    std::unique_lock lock(mutex_);
    unsubmitted_ = calls;
    unsettled_ = calls;
    lock.unlock();
    for (int i = 0; i < in_flight; ++i) submit_next();
    lock.lock();
    done_.wait(lock, [this] { return unsettled_ == 0; });
  }

 private:
  void submit_next() {
    {
      const std::lock_guard lock(mutex_);
      if (unsubmitted_ == 0) return;
      --unsubmitted_;
    }
    pool_.submit(Call::api_call(prompt_), [this](const Outcome& outcome) {
      if (!outcome) {
        std::cerr << outcome.error() << std::endl;
        std::_Exit(1);
      }
      submit_next();
      const std::lock_guard lock(mutex_);
      if (--unsettled_ == 0) done_.notify_all();
    });
  }

  Pool& pool_;
  std::string prompt_;
  std::mutex mutex_;
  std::condition_variable done_;
  int unsubmitted_ = 0;
  int unsettled_ = 0;
};

}  // namespace provider_host::benchmarks
