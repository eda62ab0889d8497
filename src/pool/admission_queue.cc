#include "pool/admission_queue.h"

#include <algorithm>

#include "pool/call/failure.h"

namespace provider_host::internal {
// --- any thread

std::optional<AdmissionQueue::Refusal> AdmissionQueue::push(const CallPtr& call, const CapacityWait& wait) {
  MutexLock lock(mutex_);
  std::optional<Error> error = refusal();
  if (error && error->kind == ErrorKind::kQueueFull && wait.seconds > 0) {
    if (wait.how == CapacityWait::How::kInQueue) {
      push_beyond_capacity(call, wait.seconds);
      return std::nullopt;
    }
    if (wait.how == CapacityWait::How::kBlocking) {
      if (auto refused = wait_for_capacity(lock, *call, wait)) return refused;
      error.reset();
    }
  }
  if (error) return Refusal{std::move(*error)};
  insert(call, false);
  return std::nullopt;
}

std::size_t AdmissionQueue::push_many(std::span<const CallPtr> calls) {
  const MutexLock lock(mutex_);
  std::size_t end = 0;
  std::size_t queued = 0;
  try {
    for (; end < calls.size() && !is_refusing(); ++end) {
      if (calls[end]->settled()) continue;
      link(calls[end], false);
      ++queued;
    }
  } catch (...) {
    for (const CallPtr& call : calls.first(end)) unlink(call);
    throw;
  }
  admitted_ += queued;
  if (queued > 0) metrics_.on_submitted(queued);
  return end;
}

std::optional<Error> AdmissionQueue::refusal() const {
  if (is_closed_) return shutting_down();
  if (is_full()) return queue_full(capacity_);
  if (!unavailable_) return std::nullopt;
  const double retry_after = to_seconds(unavailable_->retry_at - now_());
  if (retry_after <= 0) return std::nullopt;
  return pool_unavailable(unavailable_->last_error, retry_after, unavailable_->has_started);
}

// Whether refusal() would have a reason.
bool AdmissionQueue::is_refusing() const {
  return is_closed_ || is_full() || (unavailable_ && unavailable_->retry_at > now_());
}

// When this throws, nothing has changed.
void AdmissionQueue::insert(const CallPtr& call, bool in_front) {
  try {
    link(call, in_front);
  } catch (...) {
    capacity_freed_.notify_one();  // another caller may take it
    throw;
  }
  if (in_front) return;
  ++admitted_;
  metrics_.on_submitted(1);
}

void AdmissionQueue::link(const CallPtr& call, bool in_front) {
  try {
    if (call->deadline) deadlines_.emplace(Expiry{*call->deadline, call->id}, call);
    if (in_front) {
      queue_.push_front(call);
    } else {
      queue_.push_back(call);
    }
  } catch (...) {
    forget_expiry(*call);
    throw;
  }
}

void AdmissionQueue::unlink(const CallPtr& call) {
  if (queue_.drop(call)) forget_expiry(*call);
}

void AdmissionQueue::push_beyond_capacity(const CallPtr& call, double seconds) {
  const TimePoint limit = call->submitted + internal::seconds(seconds);
  try {
    beyond_capacity_.emplace(call->id, limit);
    capacity_limits_.emplace(Expiry{limit, call->id}, call);
  } catch (...) {
    forget_expiry(*call);
    throw;
  }
  insert(call, false);
}

// Returns when there is capacity (nothing), when the time is up, or when the caller is interrupted (why it is refused).
std::optional<AdmissionQueue::Refusal> AdmissionQueue::wait_for_capacity(MutexLock& lock, const CallState& call,
                                                                         const CapacityWait& wait) {
  TimePoint until = Clock::now() + seconds(wait.seconds);
  if (call.deadline) until = std::min(until, *call.deadline);
  std::optional<Refusal> refused;
  ++waiting_callers_;
  while (true) {
    std::optional<Error> error = refusal();
    if (!error) break;
    const TimePoint now = Clock::now();
    if (error->kind != ErrorKind::kQueueFull || now >= until) {
      const bool is_late = error->kind == ErrorKind::kQueueFull && call.deadline && now >= *call.deadline;
      refused = Refusal{is_late ? timed_out_queued(to_seconds(*call.deadline - call.submitted)) : std::move(*error)};
      break;
    }
    if (wait.interrupted == nullptr || !*wait.interrupted) {
      capacity_freed_.wait_until(lock, until);
      continue;
    }
    if (capacity_freed_.wait_until(lock, std::min(until, now + seconds(kInterruptInterval)))) continue;
    lock.unlock();
    try {
      if ((*wait.interrupted)()) refused = Refusal{cancelled(false)};
    } catch (...) {
      if (!process_.is_here()) throw;  // a forked child: nothing may be locked
      refused = Refusal{cancelled(false), std::current_exception()};
    }
    lock.lock();
    if (refused) break;
  }
  --waiting_callers_;
  if (refused) capacity_freed_.notify_one();  // it may have been woken for capacity that it does not take
  return refused;
}

void AdmissionQueue::close() {
  const MutexLock lock(mutex_);
  is_closed_ = true;
  capacity_freed_.notify_all();
}

bool AdmissionQueue::is_closed() const {
  const MutexLock lock(mutex_);
  return is_closed_;
}

std::size_t AdmissionQueue::size() const {
  const MutexLock lock(mutex_);
  return queue_.size();
}

AdmissionQueue::Totals AdmissionQueue::totals() const {
  const MutexLock lock(mutex_);
  return {admitted_, queue_.size()};
}

// --- the reactor thread

void AdmissionQueue::set_unavailable(std::optional<Unavailable> unavailable) {
  const MutexLock lock(mutex_);
  unavailable_ = std::move(unavailable);
  capacity_freed_.notify_all();
}

void AdmissionQueue::push_front(const CallPtr& call) {
  const MutexLock lock(mutex_);
  insert(call, true);
}

std::optional<CallQueue::Assignment> AdmissionQueue::next(std::span<const CallQueue::Slot> slots, int idle_cost) {
  const MutexLock lock(mutex_);
  auto assignment = queue_.next(slots, idle_cost);
  if (assignment) on_left(*assignment->call);
  return assignment;
}

std::optional<TimePoint> AdmissionQueue::waiting_since() const {
  const MutexLock lock(mutex_);
  return queue_.waiting_since();
}

std::size_t AdmissionQueue::startable(std::span<const int> pids, std::size_t limit) const {
  const MutexLock lock(mutex_);
  return queue_.startable(pids, limit);
}

void AdmissionQueue::on_ended(const CallState& call) {
  if (call.affinity.empty()) return;
  const MutexLock lock(mutex_);
  queue_.ended(call);
}

bool AdmissionQueue::remove(const CallPtr& call) {
  const MutexLock lock(mutex_);
  if (!queue_.drop(call)) return false;
  on_left(*call);
  return true;
}

std::optional<AdmissionQueue::Expired> AdmissionQueue::expired(TimePoint now) const {
  const MutexLock lock(mutex_);
  for (const auto* expiries : {&deadlines_, &capacity_limits_}) {
    if (expiries->empty() || expiries->begin()->first.first > now) continue;
    return Expired{expiries->begin()->second, expiries == &deadlines_};
  }
  return std::nullopt;
}

std::optional<TimePoint> AdmissionQueue::next_expiry() const {
  const MutexLock lock(mutex_);
  std::optional<TimePoint> next;
  for (const auto* expiries : {&deadlines_, &capacity_limits_}) {
    if (expiries->empty()) continue;
    const TimePoint first = expiries->begin()->first.first;
    next = next ? std::min(*next, first) : first;
  }
  return next;
}

std::vector<CallPtr> AdmissionQueue::calls() const {
  std::vector<CallPtr> calls;
  {
    const MutexLock lock(mutex_);
    calls.reserve(queue_.size());
    queue_.for_each([&](const CallPtr& call) { calls.push_back(call); });
  }
  std::ranges::sort(calls, {}, [](const CallPtr& call) { return call->id; });
  return calls;
}

void AdmissionQueue::forget_expiry(const CallState& call) {
  if (call.deadline) deadlines_.erase({*call.deadline, call.id});
  const auto limit = beyond_capacity_.find(call.id);
  if (limit == beyond_capacity_.end()) return;
  capacity_limits_.erase({limit->second, call.id});
  beyond_capacity_.erase(limit);
}

// A call has left the queue: the oldest calls beyond the capacity become regular ones.
void AdmissionQueue::on_left(const CallState& call) {
  forget_expiry(call);
  while (!beyond_capacity_.empty() && queue_.size() < capacity_ + beyond_capacity_.size()) {
    const auto first = beyond_capacity_.begin();
    capacity_limits_.erase({first->second, first->first});
    beyond_capacity_.erase(first);
  }
  if (waiting_callers_ > 0) capacity_freed_.notify_one();
}

}  // namespace provider_host::internal
