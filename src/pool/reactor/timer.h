#pragma once

#include <utility>

#include "pool/reactor/timer_queue.h"

namespace provider_host::internal {

/// RAII handle of one timer: destroying it cancels the timer. Belongs to the thread of its queue, which outlives it.
class Timer {
 public:
  explicit Timer(TimerQueue& queue) : queue_(&queue) {}
  ~Timer() { cancel(); }
  Timer(Timer&& other) noexcept : queue_(other.queue_), id_(std::exchange(other.id_, {})) {}
  Timer& operator=(Timer&& other) noexcept {
    std::swap(queue_, other.queue_);
    std::swap(id_, other.id_);
    return *this;
  }

  /// Replaces what it waited for. When this throws, nothing has changed.
  void arm(TimePoint at, TimerQueue::Action action) {
    const TimerQueue::Id id = queue_->add(at, std::move(action));
    cancel();
    id_ = id;
  }
  void arm_after(double delay, TimerQueue::Action action) { arm(now() + seconds(delay), std::move(action)); }
  void cancel() noexcept { queue_->cancel(std::exchange(id_, {})); }
  /// Whether it waits; not while its action runs.
  [[nodiscard]] bool is_armed() const { return queue_->has(id_); }
  [[nodiscard]] TimePoint now() const { return queue_->now(); }

 private:
  TimerQueue* queue_;
  TimerQueue::Id id_;
};

}  // namespace provider_host::internal
