#pragma once

#include <provider_host/outcome.h>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace provider_host {

/// Counts how often each call settled, and in which order; can be waited for.
class Settlings {
 public:
  /// A callback for Pool::submit().
  std::function<void(const Outcome&)> expect(const std::string& name) {
    const std::lock_guard lock(mutex_);
    counts_[name];
    return [this, name](const Outcome&) {
      const std::lock_guard inner(mutex_);
      ++counts_[name];
      order_.push_back(name);
      changed_.notify_all();
    };
  }
  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return order_.size() >= count; });
  }
  std::vector<std::string> order() {
    const std::lock_guard lock(mutex_);
    return order_;
  }
  /// Waits until all have settled.
  bool each_once() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return order_.size() >= counts_.size(); });
    return std::all_of(counts_.begin(), counts_.end(), [](const auto& count) { return count.second == 1; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, int> counts_;
  std::vector<std::string> order_;
};

}  // namespace provider_host
