#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

#include "base/fd.h"
#include "base/spin.h"

namespace provider_host::process {

/// Waits for descriptors and runs their callbacks. All members belong to one thread, except wake(), pause() and
/// resume().
class Poller {
 public:
  using Clock = std::chrono::steady_clock;
  using Callback = std::function<void()>;

  Poller();

  /// Runs `callback` whenever `fd` is readable, at its end or in error (and writable, when asked for). The fd stays the
  /// caller's, who calls remove() before closing it.
  void add(int fd, Callback callback);
  void watch_writable(int fd, bool writable);
  void remove(int fd);

  /// Stops and resumes the watch of an added `fd`, which keeps its callback; one that is already due may still run. Any
  /// thread.
  void pause(int fd);
  void resume(int fd);

  /// Waits until something is ready, wake() was called or `until` has come, then runs the callbacks. A callback may add
  /// and remove descriptors.
  void wait(std::optional<Clock::time_point> until);

  /// Ends the current or the next wait(); costs next to nothing when another wake() is still on its way. Any thread.
  void wake();

 private:
  Fd epoll_;
  Fd wake_;
  std::atomic<bool> waking_ = false;  // wake_ is readable, or is about to be
  Spin spin_;
  std::unordered_map<int, Callback> callbacks_;
};

}  // namespace provider_host::process
