// The pool's thread: what happens to calls.
#include <algorithm>
#include <utility>

#include "pool/pool_core.h"

namespace provider_host::internal {
void PoolCore::finish(const CallPtr& call, Outcome outcome) {
  timers_.cancel(call->timer);
  if (!resting_.empty()) resting_.erase(call->id);
  settle(call, std::move(outcome));
}

// --- from the queue to a host

// The whole assignment:
//  1. Calls that were dropped in the queue (cancelled, past their deadline) are left out.
//  2. The oldest call goes first.
//  3. It goes to the ready host with the fewest calls in flight that has room; idle hosts are taken from callers'
//  reach.
//  4. A host that a caller has borrowed, that broke the protocol, that ended, or that was asked to stop a call and has
//     not done so, gets nothing.
std::pair<PoolCore::Slot*, CallPtr> PoolCore::next_assignment() {
  const std::lock_guard lock(mutex_);
  for (; !queue_.empty() && !queue_.front()->queued; --dropped_) queue_.pop_front();
  if (queue_.empty()) return {nullptr, nullptr};
  Slot* best = nullptr;
  for (Slot& slot : slots_) {
    const bool usable = slot.ready && slot.owner != Owner::kCaller && !slot.process->distrusted &&
                        !slot.process->ended && slot.process->abandoned() == 0;
    if (!usable || slot.in_flight >= options_.concurrency) continue;
    if (best == nullptr || slot.in_flight < best->in_flight) best = &slot;
  }
  if (best == nullptr) return {nullptr, nullptr};
  CallPtr call = std::move(queue_.front());
  queue_.pop_front();
  call->queued = false;
  if (waiting_for_room_ > 0) room_.notify_one();
  best->owner = Owner::kPool;
  ++best->in_flight;
  call->host = best->number;
  call->pid = best->process->pid();
  return {best, std::move(call)};
}

void PoolCore::assign() {
  for (auto [slot, call] = next_assignment(); slot != nullptr; std::tie(slot, call) = next_assignment()) {
    give_call(*slot->process, call);
  }
  for (const Slot& slot : slots_) {
    if (slot.process != nullptr) slot.process->pump();
  }
}

void PoolCore::give_call(HostProcess& host, const CallPtr& call) {
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
}

// A host that got no call is given back to callers' reach, if they may talk to hosts themselves; its channel is not
// watched meanwhile, so that only one side reads.
void PoolCore::release_idle_hosts() {
  if (!has_straight_path()) return;
  const std::lock_guard lock(mutex_);
  for (Slot& slot : slots_) {
    if (slot.process == nullptr || slot.owner != Owner::kPool || slot.in_flight > 0) continue;
    if (!slot.ready || slot.process->distrusted || slot.process->ended) continue;
    slot.process->watch_calls(false);
    slot.owner = Owner::kNobody;
  }
}

// --- what a caller's own exchange could not settle

void PoolCore::adopt(int number, const CallPtr& call, Exchange how, const std::string& violation) {
  HostProcess* host = take_back(number);
  host->adopt(call);
  if (cut_) {
    abandon(*host, call, shutting_down());
    return catch_up(*host);
  }
  switch (how) {
    case Exchange::kAnswered:
      break;
    case Exchange::kTimeUp:
      host->watch_calls(true);
      if (!host->ended) begin_timeout(call);
      break;
    case Exchange::kInterrupted:
      host->watch_calls(true);
      cancel_now(call);
      break;
    case Exchange::kEnded:
      host->distrusted = true;
      // A violation cut the channel itself, and the host may still read from it.
      if (host->violation.empty()) on_channel_end(*host);
      break;
    case Exchange::kViolation:
      host->distrusted = true;
      on_violation(*host, violation);
      break;
  }
  catch_up(*host);
}

void PoolCore::on_channel_end(HostProcess& host) {
  put_back_unread(host);
  if (host.ended) return;                                            // on_exit does the rest
  if (slot_of(host) == nullptr && host.in_flight().empty()) return;  // it is being ended step by step
  // The end of file comes before the exit status; a host that stays alive without its channel broke the protocol.
  timers_.cancel(host.timer);
  host.timer = timers_.add(Clock::now() + seconds(1), [this, &host] { on_violation(host, host.channel_end()); });
}

}  // namespace provider_host::internal
