#include "pool/timeout_escalation.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "pool/call/failure.h"
#include "pool/host/stacks.h"
#include "process/process_state.h"

namespace provider_host::internal {
namespace {

// How long the calls behind wait for code that was interrupted, before another host is started for them; seconds.
constexpr double kReplaceDelay = 0.02;

}  // namespace

Timer TimeoutEscalation::limit_of(const CallPtr& call) {
  Timer limit(reactor_.timers());
  if (const auto until = call->run_until(call->started)) limit.arm(*until, [this, call] { begin(call); });
  return limit;
}

// The error says where the code was, so the stacks are requested before the code is interrupted: once for all calls
// whose time is up until the stacks have arrived. A stopped process cannot respond.
void TimeoutEscalation::begin(const CallPtr& call) {
  Host* const host = hosts_.host_of(*call);
  if (host == nullptr || host->events.has_exited || host->find(*call)->is_timing_out) return;
  host->read_watched_calls();  // a response that is there by now counts
  if (call->settled()) return;
  const bool is_asked =
      std::ranges::any_of(host->in_flight(), [](const auto& other) { return other.second.is_timing_out; });
  if (!is_asked) host->request_stacks();
  InFlight& entry = *host->find(*call);
  entry.limit.arm_after(Supervisor::kStacksWait, [this, call] {
    if (Host* const still = hosts_.host_of(*call)) finish(*still, call);
  });
  entry.is_timing_out = true;
  recall_.recall_line(*host);
  if (process::is_stopped(host->pid())) finish(*host, call);
}

void TimeoutEscalation::on_stacks(Host& host) {
  // Where the calls on an event loop are, Python itself will say in a moment, as it has nothing else to do.
  if (host.is_ready() && !host.has_call_stacks() && waits_in_event_loop(host.stacks())) return;
  for (const CallPtr& call : host.calls()) {
    const InFlight* const entry = host.find(*call);
    if (entry != nullptr && entry->is_timing_out) finish(host, call);
  }
}

void TimeoutEscalation::finish(Host& host, const CallPtr& call) {
  const bool by_deadline =
      call->deadline && (call->timeout <= 0 || *call->deadline < call->started + seconds(call->timeout));
  const double limit = by_deadline ? to_seconds(*call->deadline - call->submitted) : call->timeout;
  const TimeSpent spent{to_seconds(call->started - call->submitted), to_seconds(reactor_.now() - call->started)};
  HostInfo info = host.info_with_stacks();
  info.stopped = process::is_stopped(host.pid());
  abandon(host, call,
          timed_out_running(info, by_deadline ? "deadline" : "timeout", limit, spent, call->function, call->id));
}

void TimeoutEscalation::abandon(Host& host, const CallPtr& call, Error error) {
  Outcome outcome = Outcome::failure(std::move(error));
  recall_.recall_line(host, call.get());
  host.read_collected();  // what its code has done before the calls that stay there now counts
  if (call->settled()) return;
  HostEscalation& escalation = host.escalation;
  const InFlight* const entry = host.find(*call);
  const bool may_run = entry == nullptr || !entry->is_given_back;
  if (may_run && !host.events.has_exited && !escalation.is_final && !escalation.timer.is_armed()) {
    const double delay = std::min(kReplaceDelay, options_.interrupt_grace);
    escalation.timer.arm_after(delay, [this, &host] { replace(host); });
  }
  host.abandon(*call);
  settler_.settle(call, std::move(outcome));
  if (escalation.is_final) supervisor_.stop_if_idle(host);
}

// Calls behind do not wait for it: its worker is free for another host.
void TimeoutEscalation::replace(Host& host) {
  hosts_.remove_from_rotation(host, RestartCause::kUnresponsive);
  const double rest = std::max(0.0, options_.interrupt_grace - kReplaceDelay);
  host.escalation.timer.arm_after(rest, [this, &host] { kill(host); });
}

// Its code did not end. It is killed as soon as nobody else waits for a call there.
void TimeoutEscalation::kill(Host& host) {
  host.escalation.is_final = true;
  host.stop.plan = StopPlan::killing();
  supervisor_.stop_if_idle(host);
}

// Once everything that was abandoned has ended, the host is as good as before.
void TimeoutEscalation::on_interrupted(Host& host) {
  if (host.abandoned() > 0 || host.escalation.is_final) return;
  host.escalation.timer.cancel();
  if (hosts_.worker_of(host) != nullptr || host.events.is_broken) return;
  supervisor_.reinstate(host);
}

void TimeoutEscalation::escalate_now(Host& host) {
  if (host.abandoned() == 0 || host.escalation.is_final || host.events.has_exited) return;
  host.escalation.timer.arm_after(supervisor_.final_grace(), [this, &host] { kill(host); });
}

}  // namespace provider_host::internal
