#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <unordered_map>

#include "base/spin.h"
#include "platform/event_set.h"
#include "platform/wake_up.h"

namespace provider_host::platform {

/// Waits for descriptors and runs their callbacks. Where the kernel has no memory to watch one in the EventSet, or
/// cannot wait with it, poll(2) does the same, only more slowly. All members belong to one thread, except wake().
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

  /// Ends the current or the next wait(). Costs next to nothing while another wake() is on its way, or nobody sleeps.
  /// Any thread.
  void wake();

 private:
  struct Watch {
    enum class State : std::uint8_t {
      kOut,           // not watched
      kRegistered,    // in events_
      kUnregistered,  // it should be, but for want of memory
    };
    int fd;
    Callback callback;
    State state = State::kOut;
    bool writable = false;
    bool is_paused = false;
    bool is_removed = false;
  };
  using Watches = std::list<Watch>;

  void register_watch(Watch& watch);
  void unregister(Watch& watch);
  [[nodiscard]] bool all_are_registered();
  void wait_with_poll(int timeout_ms);
  void run_callback(Watch& watch);

  EventSet events_;
  WakeUp wake_;  // the set says once that it was set, so nobody clears it while it counts
  std::atomic<bool> is_woken_ = false;
  std::atomic<bool> is_sleeping_ = false;  // only wake_ ends that
  Spin spin_;
  Watches watches_;
  std::unordered_map<int, Watches::iterator> by_fd_;
  Watches removed_;  // since wait() began: events may still name them, and their callbacks may run
  std::size_t unregistered_ = 0;
};

}  // namespace provider_host::platform
