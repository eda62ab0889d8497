// The pool's thread: what happens to calls.
#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "pool/pool_core.h"

namespace provider_host::internal {
void PoolCore::finish(const CallPtr& call, Outcome outcome) {
  timers_.cancel(call->timer);
  if (!resting_.empty()) resting_.erase(call->id);
  if (!call->affinity.empty()) {
    const std::lock_guard lock(mutex_);
    queue_.ended(*call);
  }
  settle(call, std::move(outcome));
}

void PoolCore::finish_all(HostProcess& host, std::vector<std::pair<CallPtr, Outcome>>& outcomes) {
  for (auto& [call, outcome] : outcomes) {
    host.forget(*call);
    finish(call, std::move(outcome));
  }
}

// --- from the queue to a host

// The whole assignment:
//  1. CallQueue says which call is next, and where: the oldest first, to the ready host with the fewest calls in flight
//  that has room, but calls with an affinity key to the host of that key, one after the other.
//  2. Idle hosts are taken from callers' reach.
//  3. A host that a caller has borrowed, that has had as many calls as it may, that broke the protocol, that ended, or
//     that was asked to stop a call and has not done so, gets nothing.
std::optional<CallQueue::Assignment> PoolCore::next_assignment() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return std::nullopt;
  seats_.clear();
  for (const Slot& slot : slots_) {
    const bool lives = slot.process != nullptr && !slot.process->distrusted && !slot.process->ended;
    const bool usable = lives && slot.ready && slot.owner != Owner::kCaller && slot.process->abandoned() == 0;
    seats_.push_back({.pid = lives ? slot.process->pid() : 0,
                      .in_flight = slot.in_flight,
                      .has_room = usable && !slot.process->is_used_up() && slot.in_flight < options_.concurrency});
  }
  auto assignment = queue_.next(seats_);
  if (!assignment) return std::nullopt;
  leave_line(*assignment->call);
  Slot& slot = slots_[assignment->seat];
  slot.owner = Owner::kPool;
  ++slot.in_flight;
  assignment->call->host = slot.number;
  assignment->call->pid = slot.process->pid();
  if (assignment->loss) counters_.on_affinity_lost();
  return assignment;
}

void PoolCore::assign() {
  while (assignment_ || (assignment_ = next_assignment())) {
    give_call(*assignment_);
    assignment_.reset();
  }
  for (const Slot& slot : slots_) {
    if (slot.process != nullptr) slot.process->pump();
  }
}

// Once for each host, however many keys it had.
void PoolCore::tell_loss(const CallQueue::Assignment& assignment) {
  constexpr std::size_t kShownKey = 60;
  const CallState& call = *assignment.call;
  const std::string from = " (pid " + std::to_string(assignment.loss->pid) + ")";
  const std::string to = "host " + std::to_string(call.host) + " (pid " + std::to_string(call.pid) + ")";
  const std::string key = "the affinity key '" + to_valid_utf8(utf8_prefix(call.affinity, kShownKey)) + "'";
  if (!assignment.loss->is_first) {
    return log(LogLevel::kDebug, call.host, "pool", key + " goes on in " + to + " without its state");
  }
  log(LogLevel::kWarning, call.host, "pool",
      "a host" + from + " has ended, and with it the state of " + std::to_string(assignment.loss->keys) +
          (assignment.loss->keys == 1 ? " affinity key" : " affinity keys") + "; " + key + " goes on in " + to +
          " without it");
}

// May be made again when it has thrown; by then the call may be settled, and the host lost.
void PoolCore::give_call(const CallQueue::Assignment& assignment) {
  const CallPtr& call = assignment.call;
  if (call->settled()) return;
  Slot& slot = slots_[assignment.seat];
  if (slot.process == nullptr || slot.process->pid() != call->pid) return requeue(nullptr, call);
  HostProcess& host = *slot.process;
  if (assignment.loss) tell_loss(assignment);
  timers_.cancel(call->timer);
  call->started = Clock::now();
  arm_run_limit(call);
  host.watch_calls(true);
  if (options_.capture) {
    host.drain_output();
    host.take_captured(false);
    host.take_captured(true);
  }
  host.line_up(call);
}

void PoolCore::arm_run_limit(const CallPtr& call) {
  if (const auto until = call->run_until(call->started)) {
    call->timer = timers_.add(*until, [this, call] { begin_timeout(call); });
  }
}

void PoolCore::on_answer(HostProcess& host, const CallPtr& call, Outcome outcome) {
  if (options_.capture) {
    host.drain_output();
    outcome.stdout_text = host.take_captured(false);
    outcome.stderr_text = host.take_captured(true);
  }
  {
    const std::lock_guard lock(mutex_);
    policy_.on_success();
    ++slots_[static_cast<std::size_t>(host.number - 1)].calls;
  }
  ++host.served;
  if (call->report != nullptr) *call->report = host.report;
  host.forget(*call);
  finish(call, std::move(outcome));
  if (host.in_flight().empty() && slot_of(host) == nullptr) stop_step(host);  // it was kept for this call only
}

void PoolCore::count_load() {
  const std::lock_guard lock(mutex_);
  for (Slot& slot : slots_) {
    if (slot.process != nullptr && slot.owner == Owner::kPool) {
      slot.in_flight = slot.process->load();
    }
  }
  for (const auto& old : retiring_) {
    Slot& slot = slots_[static_cast<std::size_t>(old->number - 1)];
    if (old->recycled && slot.owner == Owner::kPool) slot.in_flight += static_cast<int>(old->in_flight().size());
  }
  // What the last turn did not get to: its host is not idle.
  if (assignment_ && slots_[assignment_->seat].owner == Owner::kPool) ++slots_[assignment_->seat].in_flight;
}

// A host that got no call is given back to callers' reach, if they may talk to hosts themselves; its channel is not
// watched meanwhile, so that only one side reads.
void PoolCore::release_idle_hosts() {
  if (!has_straight_path()) return;
  const std::lock_guard lock(mutex_);
  for (Slot& slot : slots_) {
    if (slot.process == nullptr || slot.owner != Owner::kPool || slot.in_flight > 0) continue;
    if (!slot.ready || slot.process->distrusted || slot.process->ended || slot.process->is_used_up()) continue;
    slot.process->watch_calls(false);
    slot.owner = Owner::kNobody;
  }
}

// --- what a caller's own exchange could not settle

void PoolCore::adopt_calls() {
  for (Slot& slot : slots_) {
    std::unique_lock lock(mutex_);
    if (!slot.handed_over) continue;
    lock.unlock();
    adopt(slot);
  }
}

// The call is the host's now, and the channel the pool's. What is to be done about it follows in the same turn.
void PoolCore::adopt(Slot& slot) {
  HostProcess& host = *slot.process;
  Unfinished& unfinished = *slot.handed_over;
  const CallPtr call = unfinished.call;
  const Exchange how = unfinished.how;
  if (cut_ || how == Exchange::kTimeUp || how == Exchange::kInterrupted) {
    if (!cut_) host.watch_calls(true);
    timers_.cancel(call->timer);
    call->timer = timers_.add(Clock::now(), [this, call, how] { end_adopted(call, how); });
  } else if (how == Exchange::kLeft) {
    host.watch_calls(true);
    timers_.cancel(call->timer);
    arm_run_limit(call);
  }
  host.adopt(call);
  const std::lock_guard lock(mutex_);
  if (!cut_ && (how == Exchange::kViolation || how == Exchange::kNoMemory)) {
    host.note_violation(std::move(unfinished.violation));
  } else if (!cut_ && how == Exchange::kEnded) {
    host.distrusted = true;
    host.channel_ended = !host.violated;  // a violation cut the channel itself, and the host may still read from it
  }
  slot.handed_over.reset();
  slot.owner = Owner::kPool;
}

void PoolCore::end_adopted(const CallPtr& call, Exchange how) {
  HostProcess* const host = host_running(*call);
  if (cut_ && host != nullptr) return abandon(*host, call, shutting_down());
  if (how == Exchange::kInterrupted) return cancel_now(call);
  begin_timeout(call);
}

}  // namespace provider_host::internal
