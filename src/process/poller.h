#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

#include "base/fd.h"
#include "base/spin.h"

namespace provider_host::process {

/// Waits for descriptors and runs their callbacks. Where the kernel has no memory to watch one with epoll, or cannot
/// wait with it, poll(2) does the same, only more slowly. All members belong to one thread, except wake().
class Poller {
 public:
  using Clock = std::chrono::steady_clock;
  using Callback = std::function<void()>;

  Poller();

  /// Runs `callback` whenever `fd` is readable, at its end or in error (and writable, when asked for). The fd stays the
  /// caller's, who calls remove() before closing it. Throws std::system_error for what is no descriptor to wait for,
  /// and std::bad_alloc.
  void add(int fd, Callback callback);
  void watch_writable(int fd, bool writable);
  void remove(int fd);

  /// Stops and resumes the watch of an added `fd`, which keeps its callback; one that is already due may still run.
  void pause(int fd);
  void resume(int fd);

  /// Waits until something is ready, wake() was called or `until` has come, then runs the callbacks. A callback may add
  /// and remove descriptors. Throws std::bad_alloc and what callbacks throw; what they left undone is ready again.
  void wait(std::optional<Clock::time_point> until);

  /// Ends the current or the next wait(); costs next to nothing when another wake() is still on its way. Any thread.
  void wake();

 private:
  struct Watch {
    Callback callback;
    bool writable = false;
    bool paused = false;
    bool is_unregistered = false;  // with epoll, for want of memory
  };

  void add_to_epoll(int fd, Watch& watch);
  void remove_from_epoll(int fd, Watch& watch);
  [[nodiscard]] bool all_are_registered();
  void wait_with_poll(int timeout_ms);
  void run_callback(int fd);

  Fd epoll_;
  Fd wake_;
  std::atomic<bool> waking_ = false;  // wake_ is readable, or is about to be
  Spin spin_;
  std::unordered_map<int, Watch> watches_;
  std::size_t unregistered_ = 0;
};

}  // namespace provider_host::process
