#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace provider_host::host {

/// What the pool requests of the main thread while that runs code: stacks, and the cancellation of calls. The control
/// thread adds, the main thread takes. A call may be added before it is read, or when it is settled already.
/// Thread-safe. Nobody holds the mutex for long, so that a signal handler of Python may take it: that one runs between
/// bytecodes, not inside a system's handler.
class Cancellations {
 public:
  void add(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    if (requested_.size() >= kMax) requested_.pop_front();
    requested_.push_back(id);
    has_calls_ = true;
  }

  /// Whether the cancellation of this call is requested; asked once, it no longer is.
  bool take(std::uint64_t id) {
    if (!has_calls_) return false;
    const std::lock_guard lock(mutex_);
    const bool taken = std::erase(requested_, id) > 0;
    has_calls_ = !requested_.empty();
    return taken;
  }

  /// The same; it stays so.
  [[nodiscard]] bool has(std::uint64_t id) const {
    if (!has_calls_) return false;
    const std::lock_guard lock(mutex_);
    return std::ranges::find(requested_, id) != requested_.end();
  }

  /// The stacks of all calls are requested.
  void request_stacks() {
    const std::lock_guard lock(mutex_);
    stacks_ = true;
  }
  /// Whether they are; asked once, they no longer are.
  bool take_stacks() {
    const std::lock_guard lock(mutex_);
    return std::exchange(stacks_, false);
  }

  /// Whether anything is requested.
  [[nodiscard]] bool any() const {
    const std::lock_guard lock(mutex_);
    return stacks_ || !requested_.empty();
  }

  /// The calls whose cancellation is requested; it stays so.
  [[nodiscard]] std::vector<std::uint64_t> requested() const {
    const std::lock_guard lock(mutex_);
    return {requested_.begin(), requested_.end()};
  }

 private:
  // A call that was settled just before is never taken.
  static constexpr std::size_t kMax = 4096;

  mutable std::mutex mutex_;
  std::deque<std::uint64_t> requested_;
  std::atomic<bool> has_calls_ = false;  // whether there are any; written with mutex_ locked
  bool stacks_ = false;
};

}  // namespace provider_host::host
