#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "base/mutex.h"

namespace provider_host::internal {

/// How many hosts each input (hash of function and arguments) has crashed. In bounded memory: beyond kMax inputs the
/// oldest one is dropped. Any thread.
class Quarantine {
 public:
  static constexpr std::size_t kMax = 10'000;

  /// The input has crashed a host.
  void on_crash(std::uint64_t input) {
    const MutexLock lock(mutex_);
    if (crashes_[input]++ > 0) return;
    order_.push_back(input);
    if (order_.size() <= kMax) return;
    crashes_.erase(order_.front());
    order_.pop_front();
  }

  [[nodiscard]] int crashes(std::uint64_t input) const {
    const MutexLock lock(mutex_);
    const auto found = crashes_.find(input);
    return found == crashes_.end() ? 0 : found->second;
  }

 private:
  mutable Mutex mutex_;
  std::unordered_map<std::uint64_t, int> crashes_ GUARDED_BY(mutex_);
  std::deque<std::uint64_t> order_ GUARDED_BY(mutex_);
};

}  // namespace provider_host::internal
