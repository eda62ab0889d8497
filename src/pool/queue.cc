// The queue: who gets in, who waits, and who leaves it without a host.
#include <algorithm>
#include <utility>

#include "pool/pool_core.h"

namespace provider_host::internal {

// --- any thread

// Why this input is not tried again; nothing when it may be.
std::optional<Error> PoolCore::quarantined_input(const CallState& call) const {
  if (options_.quarantine_after == 0) return std::nullopt;
  const std::uint64_t input = call.input_hash();
  const std::lock_guard lock(mutex_);
  const int crashes = quarantine_.crashes(input);
  if (crashes < options_.quarantine_after) return std::nullopt;
  return quarantined(crashes, call.function);
}

// Why a new call cannot be taken now. Needs mutex_.
std::optional<Error> PoolCore::refusal() const {
  if (closing_) return shutting_down();
  if (options_.max_queue > 0 && queue_.size() >= options_.max_queue) return queue_full(options_.max_queue);
  return unavailable();
}

// While the breaker is open and no host is left, calls need not wait for the next trial. Needs mutex_.
std::optional<Error> PoolCore::unavailable() const {
  if (!policy_.is_open()) return std::nullopt;
  if (std::ranges::any_of(slots_, [](const Slot& slot) { return slot.process != nullptr; })) return std::nullopt;
  const double retry_after = policy_.retry_after(Clock::now());
  if (retry_after <= 0) return std::nullopt;
  return pool_unavailable(last_error_, retry_after);
}

// Queues the call, or settles it with the reason why not. A caller may wait for room, but never the pool's own thread,
// which makes it.
void PoolCore::enqueue(const CallPtr& call, double queue_wait, const RoomWait& wait) {
  std::optional<Error> refused;
  {
    std::unique_lock lock(mutex_);
    refused = refusal();
    if (refused && refused->kind == ErrorKind::kQueueFull && queue_wait > 0) {
      if (wait.in_line) {
        line_up(call, queue_wait);
        refused.reset();
      } else if (std::this_thread::get_id() != pool_thread_) {
        refused = wait_for_room(lock, call, queue_wait, wait.interrupted);
      }
    }
    if (!refused) put_in_queue(call);
  }
  if (refused) return refuse(call, std::move(*refused));
  poller_.wake();
}

// All of it or, for want of memory, nothing. Needs mutex_.
void PoolCore::put_in_queue(const CallPtr& call) {
  const std::size_t commands = commands_.size();
  try {
    if (call->deadline) commands_.emplace_back([this, call] { arm_queue_limit(call); });
    queue_.push_back(call);
  } catch (...) {
    if (commands_.size() > commands) commands_.pop_back();
    beyond_room_.erase(call->id);
    room_.notify_one();  // the room is somebody else's
    throw;
  }
  counters_.on_submitted();
}

// The call will be in the queue before there is room. Needs mutex_.
void PoolCore::line_up(const CallPtr& call, double queue_wait) {
  beyond_room_.insert(call->id);
  try {
    commands_.emplace_back([this, call, queue_wait] { arm_room_limit(call, queue_wait); });
  } catch (...) {
    beyond_room_.erase(call->id);
    throw;
  }
}

// A call has left the queue: those move up that have waited for room the longest. The pool's thread; needs mutex_.
void PoolCore::leave_line(const CallState& call) {
  if (call.room_timer != TimerQueue::Id{}) timers_.cancel(call.room_timer);
  if (!beyond_room_.empty()) {
    beyond_room_.erase(call.id);
    while (!beyond_room_.empty() && queue_.size() < options_.max_queue + beyond_room_.size()) {
      beyond_room_.erase(beyond_room_.begin());
    }
  }
  if (waiting_for_room_ > 0) room_.notify_one();
}

// What still stands in the way when there is room, when the time is up, or when the caller is interrupted.
// What `interrupted` throws reaches the caller once the call is settled.
std::optional<Error> PoolCore::wait_for_room(std::unique_lock<std::mutex>& lock, const CallPtr& call, double queue_wait,
                                             const Interrupted& interrupted) {
  TimePoint until = Clock::now() + seconds(queue_wait);
  if (call->deadline) until = std::min(until, *call->deadline);
  std::optional<Error> refused;
  bool has_room = false;
  bool give_up = false;
  auto can_go_on = [&] {
    refused = refusal();
    return !refused || refused->kind != ErrorKind::kQueueFull;
  };
  ++waiting_for_room_;
  while (!has_room && !give_up && Clock::now() < until) {
    const TimePoint next = interrupted ? std::min(until, Clock::now() + seconds(kInterruptInterval)) : until;
    has_room = room_.wait_until(lock, next, can_go_on);
    if (has_room || !interrupted) continue;
    lock.unlock();
    try {
      give_up = interrupted();
    } catch (...) {
      if (is_here()) leave_waiting_room(call);
      throw;
    }
    lock.lock();
  }
  --waiting_for_room_;
  if (refused || give_up) room_.notify_one();  // one that was woken for room that it does not take
  if (give_up) return cancelled(false);
  if (!has_room && call->deadline && Clock::now() >= *call->deadline) {
    return timed_out_queued(to_seconds(*call->deadline - call->submitted));
  }
  return refused;
}

void PoolCore::leave_waiting_room(const CallPtr& call) {
  {
    const std::lock_guard lock(mutex_);
    --waiting_for_room_;
  }
  refuse(call, cancelled(false));
}

// --- the pool's thread

// Back to the front of the queue, from the host that had it if any: it is to be run again, as if no host had ever had
// it.
void PoolCore::requeue(HostProcess* from, const CallPtr& call) {
  if (cut_) {
    Outcome outcome = Outcome::failure(shutting_down());
    if (from != nullptr) from->forget(*call);
    return finish(call, std::move(outcome));
  }
  call->keep_prompt();
  const TimePoint started = std::exchange(call->started, {});
  try {
    arm_queue_limit(call);
    const std::lock_guard lock(mutex_);
    queue_.push_front(call);
  } catch (...) {
    call->started = started;
    throw;
  }
  const std::lock_guard lock(mutex_);
  call->timing_out = false;
  call->host = 0;
  call->pid = 0;
  if (from != nullptr) from->forget(*call);
}

// The deadline of a call that waits; a running one has run_until() and keeps it: it may have got its host before this.
void PoolCore::arm_queue_limit(const CallPtr& call) {
  if (call->settled() || call->started != TimePoint{}) return;
  timers_.cancel(call->timer);
  if (!call->deadline) return;
  call->timer = timers_.add(*call->deadline, [this, call] {
    finish_queued(call, timed_out_queued(to_seconds(*call->deadline - call->submitted)));
  });
}

bool PoolCore::waits_in_line(const CallState& call) const {
  const std::lock_guard lock(mutex_);
  return beyond_room_.contains(call.id);
}

// The end of a wait for room in line.
void PoolCore::arm_room_limit(const CallPtr& call, double queue_wait) {
  if (!waits_in_line(*call)) return;
  call->room_timer = timers_.add(call->submitted + seconds(queue_wait), [this, call] {
    if (waits_in_line(*call)) finish_queued(call, queue_full(options_.max_queue));
  });
}

// A call that settles in the queue gives its place free.
void PoolCore::drop_queued(const CallPtr& call) {
  const std::lock_guard lock(mutex_);
  if (queue_.drop(call)) leave_line(*call);
}

void PoolCore::finish_queued(const CallPtr& call, Error error) {
  Outcome outcome = Outcome::failure(std::move(error));
  drop_queued(call);
  finish(call, std::move(outcome));
}

// Calls that wait with an input which is in quarantine by now need not try it.
void PoolCore::drop_quarantined(std::uint64_t input) {
  std::vector<CallPtr> calls;
  {
    const std::lock_guard lock(mutex_);
    if (quarantine_.crashes(input) < options_.quarantine_after) return;
    queue_.for_each([&](const CallPtr& call) {
      if (call->input_hash() == input) calls.push_back(call);
    });
  }
  for (const CallPtr& call : calls) finish_queued(call, quarantined(options_.quarantine_after, call->function));
}

// All calls that wait, in the queue or for another try, fail, the oldest first. From the back of the queue they leave
// it at no cost.
void PoolCore::fail_queue(const Error& error) {
  std::vector<std::pair<CallPtr, Outcome>> failed;
  std::size_t queued = 0;
  {
    const std::lock_guard lock(mutex_);
    queue_.for_each([&](const CallPtr& call) { failed.emplace_back(call, Outcome()); });
    queued = failed.size();
  }
  std::ranges::sort(failed, {}, [](const auto& one) { return one.first->id; });
  for (const auto& [id, call] : resting_) failed.emplace_back(call, Outcome());
  if (assignment_) failed.emplace_back(assignment_->call, Outcome());
  for (auto& one : failed) one.second = Outcome::failure(error);
  for (std::size_t i = queued; i > 0; --i) drop_queued(failed[i - 1].first);
  for (auto& [call, outcome] : failed) finish(call, std::move(outcome));
}

void PoolCore::fail_unavailable() {
  std::optional<Error> error;
  {
    const std::lock_guard lock(mutex_);
    if (!queue_.empty() || !resting_.empty()) error = unavailable();
  }
  if (error) fail_queue(*error);
}

}  // namespace provider_host::internal
