#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace provider_host::host {

/// What the pool wants of the main thread while that runs code: stacks, and calls to be stopped. The control thread
/// adds, the main thread asks. A call may be asked for
/// before it is read, or when it is answered already. Thread-safe; nobody holds it for long, so that a signal handler
/// of Python (which runs between bytecodes, not inside a system's handler) may ask.
class Cancellations {
 public:
  void add(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    if (wanted_.size() >= kMax) wanted_.pop_front();
    wanted_.push_back(id);
  }

  /// Whether this one is wanted; asked once, it is no longer.
  bool take(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    return std::erase(wanted_, id) > 0;
  }

  /// The stacks of all calls are wanted.
  void want_stacks() {
    const std::lock_guard lock(mutex_);
    stacks_ = true;
  }
  /// Whether they are; asked once, they no longer are.
  bool take_stacks() {
    const std::lock_guard lock(mutex_);
    return std::exchange(stacks_, false);
  }

  /// Whether anything is wanted.
  [[nodiscard]] bool any() const {
    const std::lock_guard lock(mutex_);
    return stacks_ || !wanted_.empty();
  }

  /// Those that are wanted; they stay wanted.
  [[nodiscard]] std::vector<std::uint64_t> wanted() const {
    const std::lock_guard lock(mutex_);
    return {wanted_.begin(), wanted_.end()};
  }

 private:
  // Calls that were answered just before nobody asks for any more.
  static constexpr std::size_t kMax = 4096;

  mutable std::mutex mutex_;
  std::deque<std::uint64_t> wanted_;
  bool stacks_ = false;
};

}  // namespace provider_host::host
