#include "pool/timeout_escalation.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "platform/process_state.h"
#include "pool/call/failure.h"
#include "pool/host/stacks.h"
#include "pool/host/stacks_wait.h"

namespace provider_host::internal {
namespace {

// How long the calls behind wait for code that was interrupted, before another host is started for them; seconds.
constexpr double kReplaceDelay = 0.02;

}  // namespace

Timer TimeoutEscalation::limit_of(const CallPtr& call) {
  Timer limit(reactor_.timers());
  if (const auto until = call->next_limit()) limit.arm(*until, [this, call] { begin(call); });
  return limit;
}

void TimeoutEscalation::renew_limit(Host& host, const CallPtr& call) {
  InFlight* const entry = host.find(*call);
  if (entry != nullptr && !entry->is_timing_out && call->item_timeout > 0) entry->limit = limit_of(call);
}

// The error says where the code was, so the stacks are requested before the code is interrupted: once for all calls
// whose time is up until the stacks have arrived. A stopped process cannot respond.
void TimeoutEscalation::begin(const CallPtr& call) {
  Host* const host = hosts_.host_of(*call);
  if (host == nullptr || host->events.has_exited || host->find(*call)->is_timing_out) return;
  host->read_watched_calls();  // a response that is there by now counts
  if (call->settled()) return;
  const TimePoint now = reactor_.now();
  if (call->item_timeout > 0 && call->next_limit().value_or(TimePoint::max()) > now) return renew_limit(*host, call);
  host->find(*call)->is_item_late = call->run_until(call->started).value_or(TimePoint::max()) > now;
  const bool is_asked =
      std::ranges::any_of(host->in_flight(), [](const auto& other) { return other.second.is_timing_out; });
  if (!is_asked) host->request_stacks();
  InFlight& entry = *host->find(*call);
  await_stacks(*host, entry.limit, {}, [this, call] {
    if (Host* const still = hosts_.host_of(*call)) finish(*still, call);
  });
  entry.is_timing_out = true;
  recall_.recall_line(*host);
  if (platform::is_stopped(host->pid())) finish(*host, call);
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
  const bool by_item = host.find(*call)->is_item_late;
  const bool by_deadline =
      !by_item && call->deadline && (call->timeout <= 0 || *call->deadline < call->started + seconds(call->timeout));
  const double limit = by_item       ? call->item_timeout
                       : by_deadline ? to_seconds(*call->deadline - call->submitted)
                                     : call->timeout;
  const std::string_view name = by_item ? "item_timeout" : by_deadline ? "deadline" : "timeout";
  const TimeSpent spent{to_seconds(call->started - call->submitted), to_seconds(reactor_.now() - call->started)};
  HostInfo info = host.info_with_stacks();
  info.stopped = platform::is_stopped(host.pid());
  Error error = timed_out_running(info, name, limit, spent, call->function, call->id);
  if (call->items != nullptr && call->items->is_blocked()) {
    error.message += "; it waited for its reader, who had not read what had come";
  }
  abandon(host, call, std::move(error));
}

void TimeoutEscalation::abandon(Host& host, const CallPtr& call, Error error) {
  give_up(host, call, std::move(error), Host::Ending::kInterrupt);
}

void TimeoutEscalation::close(Host& host, const CallPtr& call, Error error) {
  give_up(host, call, std::move(error), Host::Ending::kClose);
}

void TimeoutEscalation::give_up(Host& host, const CallPtr& call, Error error, Host::Ending how) {
  Outcome outcome = Outcome::failure(std::move(error));
  recall_.recall_line(host, call.get());
  host.read_collected();  // what its code has done before the calls that stay there now counts
  if (call->settled()) return;
  HostEscalation& escalation = host.escalation;
  const InFlight* const entry = host.find(*call);
  const bool may_run = entry == nullptr || !entry->is_given_back;
  if (may_run && how == Host::Ending::kInterrupt) expect_end(host);
  if (may_run && how == Host::Ending::kClose && !escalation.closing.is_armed()) {
    escalation.closing.arm_after(options_.interrupt_grace / 2, [this, &host] { interrupt_closing(host); });
  }
  host.abandon(*call, how);
  settler_.settle(call, std::move(outcome));
  if (escalation.is_final) supervisor_.stop_if_idle(host);
}

// Its code was interrupted, or is about to be.
void TimeoutEscalation::expect_end(Host& host) {
  HostEscalation& escalation = host.escalation;
  if (host.events.has_exited || escalation.is_final || escalation.timer.is_armed()) return;
  const double delay = std::min(kReplaceDelay, options_.interrupt_grace);
  escalation.timer.arm_after(delay, [this, &host] { replace(host); });
}

void TimeoutEscalation::interrupt_closing(Host& host) {
  if (host.closing() == 0) return;
  expect_end(host);
  host.interrupt_closing();
}

// What it has sent by now counts, as this thread may be late as well.
bool TimeoutEscalation::has_obeyed(Host& host) {
  host.read_watched_calls();
  return host.abandoned() == 0;
}

// Calls behind do not wait for it: another host stands in for it.
void TimeoutEscalation::replace(Host& host) {
  if (has_obeyed(host)) return;
  hosts_.send_away(host);
  const double rest = std::max(0.0, options_.interrupt_grace - kReplaceDelay);
  host.escalation.timer.arm_after(rest, [this, &host] { kill(host); });
}

// Its code did not end. It is killed as soon as nobody else waits for a call there.
void TimeoutEscalation::kill(Host& host) {
  if (has_obeyed(host)) return;
  host.escalation.is_final = true;
  host.stop.plan = StopPlan::killing();
  if (!host.has_calls()) hosts_.give_up(host, RestartCause::kUnresponsive);
  supervisor_.stop_if_idle(host);
}

// Once everything that was abandoned has ended, the host is as good as before, also when it was to be killed after its
// other calls.
void TimeoutEscalation::on_interrupted(Host& host) {
  const bool is_being_stopped = host.stop.timer.is_armed();
  if (host.abandoned() > 0 || (host.escalation.is_final && is_being_stopped)) return;
  if (std::exchange(host.escalation.is_final, false)) host.stop.plan = StopPlan();
  host.escalation.cancel();
  if (hosts_.worker_of(host) != nullptr || host.events.is_broken) return;
  supervisor_.reinstate(host);
}

void TimeoutEscalation::escalate_now(Host& host) {
  if (host.abandoned() == 0 || host.escalation.is_final || host.events.has_exited) return;
  host.interrupt_closing();
  host.escalation.timer.arm_after(supervisor_.final_grace(), [this, &host] { kill(host); });
}

}  // namespace provider_host::internal
