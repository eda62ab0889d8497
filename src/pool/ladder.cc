// The pool's thread: calls whose time is up or that were cancelled while they ran. The ladder:
//
//   stacks ─▶ caller answered, code asked to end ─▶ kPatience: the slot gets another host ─▶ interrupt_grace: killed
//                                          └── obeyed at any time: the host is kept, or ends in peace
#include <algorithm>
#include <utility>

#include "pool/pool_core.h"
#include "pool/stacks.h"
#include "process/process_state.h"

namespace provider_host::internal {
namespace {

// How long the calls behind wait for code that was asked to end, before another host is started for them; seconds.
constexpr double kPatience = 0.02;

}  // namespace

HostProcess* PoolCore::host_running(const CallState& call) {
  auto has = [&call](const HostProcess* host) { return host != nullptr && host->in_flight().contains(call.id); };
  for (const Slot& slot : slots_) {
    if (has(slot.process.get())) return slot.process.get();
  }
  for (const auto& host : retiring_) {
    if (has(host.get())) return host.get();
  }
  return nullptr;
}

// The caller is told where the code was, so the stacks are asked for before anything is ended; once for all calls whose
// time is up while they come in. A stopped process can tell nothing.
void PoolCore::begin_timeout(const CallPtr& call) {
  HostProcess* host = host_running(*call);
  if (host == nullptr || host->ended || call->timing_out) return;
  if (host->watching_calls()) host->read_calls();  // an answer that is there by now counts
  if (call->settled()) return;
  const bool asked = std::ranges::any_of(host->in_flight(), [](const auto& other) { return other.second->timing_out; });
  if (!asked) host->request_dump();
  call->timer = timers_.add(Clock::now() + seconds(kDumpWait), [this, call] {
    if (HostProcess* still = host_running(*call)) finish_timeout(*still, call);
  });
  call->timing_out = true;
  if (process::is_stopped(host->pid())) finish_timeout(*host, call);
}

void PoolCore::on_dump_end(HostProcess& host) {
  if (host.asked_where) return stop_step(host);
  // Where the calls on an event loop are, Python itself will say in a moment, as it has nothing else to do.
  if (host.ready && !host.has_call_stacks() && waits_in_event_loop(host.stack())) return;
  const std::vector<CallPtr> calls = host.calls_in_flight();
  for (const CallPtr& call : calls) {
    if (call->timing_out) finish_timeout(host, call);
  }
  if (!host.ready && slot_of(host) != nullptr && host.start_expired) start_took_too_long(host);
}

void PoolCore::finish_timeout(HostProcess& host, const CallPtr& call) {
  const bool by_deadline =
      call->deadline && (call->timeout <= 0 || *call->deadline < call->started + seconds(call->timeout));
  const double limit = by_deadline ? to_seconds(*call->deadline - call->submitted) : call->timeout;
  const TimeSpent spent{to_seconds(call->started - call->submitted), to_seconds(Clock::now() - call->started)};
  HostFacts facts = facts_with_dump(host);
  facts.stopped = process::is_stopped(host.pid());
  abandon(host, call,
          timed_out_running(facts, by_deadline ? "deadline" : "timeout", limit, spent, call->function, call->id));
}

void PoolCore::cancel_now(const CallPtr& call) {
  if (call->settled()) return;
  if (HostProcess* host = host_running(*call)) return abandon(*host, call, cancelled(true));
  finish_queued(call, cancelled(false));
}

// Settles a running call without its answer and asks its code to end.
void PoolCore::abandon(HostProcess& host, const CallPtr& call, Error error) {
  Outcome outcome = Outcome::failure(std::move(error));
  if (!host.ended && !host.condemned && host.obey_timer == TimerQueue::Id{}) {
    const double patience = std::min(kPatience, options_.interrupt_grace);
    host.obey_timer = timers_.add(Clock::now() + seconds(patience), [this, &host] { stand_aside(host); });
  }
  host.abandon(*call);
  finish(call, std::move(outcome));
  if (host.condemned && host.in_flight().empty()) stop_step(host);
}

// Calls behind do not wait for it: its slot is free for another host.
void PoolCore::stand_aside(HostProcess& host) {
  leave_slot(host, RestartCause::kUnresponsive);
  const double rest = std::max(0.0, options_.interrupt_grace - kPatience);
  host.obey_timer = timers_.add(Clock::now() + seconds(rest), [this, &host] { condemn(host); });
}

// Its code did not end. It is killed as soon as nobody else waits for a call there.
void PoolCore::condemn(HostProcess& host) {
  host.condemned = true;
  host.stop_plan = StopPlan::killing();
  if (host.in_flight().empty()) stop_step(host);
}

// Once everything that was abandoned has ended, the host is as good as before. It gets its place back when its
// successor is not ready yet.
void PoolCore::on_obeyed(HostProcess& host) {
  if (host.abandoned() > 0 || host.condemned) return;
  timers_.cancel(std::exchange(host.obey_timer, {}));
  if (slot_of(host) != nullptr || host.distrusted) return;
  Slot& slot = slots_[static_cast<std::size_t>(host.number - 1)];
  if (stopping_ || slot.ready) {
    host.stop_plan = StopPlan::graceful(options_.stop_grace);
    if (host.in_flight().empty()) stop_step(host);
    return;
  }
  if (slot.process != nullptr) retire(*slot.process, StopPlan::killing(), RestartCause::kNone);
  const auto place = std::ranges::find(retiring_, &host, [](const auto& each) { return each.get(); });
  const std::lock_guard lock(mutex_);
  slot.process = std::move(*place);
  retiring_.erase(place);
  slot.ready = true;
  slot.owner = Owner::kPool;
  slot.in_flight = host.load();
  policy_.on_ready();
}

}  // namespace provider_host::internal
