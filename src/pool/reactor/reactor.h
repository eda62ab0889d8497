#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "base/mutex.h"
#include "platform/poller.h"
#include "pool/reactor/clock.h"
#include "pool/reactor/timer_queue.h"

namespace provider_host::internal {

/// An event loop with a thread of its own: posted tasks, timers, descriptors, and one step of its client in each
/// iteration. Knows nothing of calls and hosts.
class Reactor {
 public:
  using Task = std::function<void()>;

  /// All on the reactor thread.
  class Client {
   public:
    virtual ~Client() = default;
    /// In each iteration, after tasks and timers. When it throws, on_exception() is called, and it runs again.
    virtual void on_iteration() = 0;
    /// When the next iteration is due besides timers and descriptors.
    [[nodiscard]] virtual std::optional<TimePoint> next_due() const = 0;
    /// How long the thread may sleep before it looks for events, so that it handles many at once instead of being
    /// woken for each (as network cards moderate their interrupts); nothing, not even wake(), ends that. 0: not at all.
    [[nodiscard]] virtual Clock::duration rest() const { return {}; }
    /// Whether the thread is to end; asked after each iteration.
    [[nodiscard]] virtual bool is_done() const = 0;
    /// A task, a timer, a descriptor callback or on_iteration() has thrown (std::current_exception()). Must not throw.
    virtual void on_exception() noexcept = 0;
  };

  /// `now` is the clock of the reactor and of what it runs.
  explicit Reactor(Now now = Clock::now) : timers_(std::move(now)) {}

  /// Starts the thread; once. `client` outlives it. Throws std::system_error.
  void start(Client& client);

  /// The task runs on the thread; one that throws runs again. Any thread. Throws std::bad_alloc.
  void post(Task task);
  /// Causes another iteration; cheap when one is due anyway. Any thread.
  void wake() { poller_.wake(); }
  [[nodiscard]] bool is_this_thread() const { return std::this_thread::get_id() == thread_id_; }

  // --- the reactor thread, and whoever prepares it before start()
  platform::Poller& poller() { return poller_; }
  TimerQueue& timers() { return timers_; }
  [[nodiscard]] TimePoint now() const { return timers_.now(); }

  // --- the end: any other thread
  /// Waits until `is_done()`, at most until `until`; whether it is.
  [[nodiscard]] bool wait_for_end(TimePoint until);
  /// Whether the thread has been started and not joined.
  [[nodiscard]] bool is_joinable() {
    const MutexLock lock(join_mutex_);
    return thread_.joinable();
  }
  /// Returns when the thread has ended; at once when there is none. Several threads may.
  void join();

  /// On the reactor thread: it will not be joined. The thread destroys `owner` last.
  void detach(std::shared_ptr<void> owner);

 private:
  void run(Client& client);
  void run_tasks();

  platform::Poller poller_;
  TimerQueue timers_;
  std::atomic<std::thread::id> thread_id_;
  std::shared_ptr<void> owner_;  // the reactor thread

  Mutex mutex_;
  std::deque<Task> tasks_ GUARDED_BY(mutex_);
  bool has_ended_ GUARDED_BY(mutex_) = false;
  CondVar ended_;

  Mutex join_mutex_;
  std::thread thread_ GUARDED_BY(join_mutex_);
};

}  // namespace provider_host::internal
