#include "pool/crash_handler.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <string>

#include "base/utf8.h"
#include "pool/call/failure.h"
#include "pool/policy/verdict.h"

namespace provider_host::internal {
namespace {

// A call whose host another call has crashed is run again once.
constexpr int kMaxCollateralRetries = 1;
constexpr double kMaxBackoff = 30;
// What is wrong with a response that there is no memory for.
constexpr const char* kTooLarge = "it sent more than this process has memory for";
// How long a process may live on without its call channel, which it has closed or the kernel has as it ends; seconds.
constexpr double kExitWait = 1;
// One that is ending gets no processor, perhaps, or writes back what it has mapped. Then it is waited for this often.
constexpr int kExitWaits = 10;

}  // namespace

void CrashHandler::handle(Host& host) {
  const HostEvents& events = host.events;
  if (events.is_reaped) return;
  if (parts_.hosts.is_template(host)) return handle_template(host);
  if (events.violation || events.channel_end || events.has_exited) {
    // When a caller has the channel, that caller reads what is left of it and transfers its call.
    if (parts_.hosts.worker_of(host) != nullptr && !parts_.leases.revoke(host.number)) return;
    if (events.violation) handle_violation(host);
    if (events.channel_end) handle_channel_end(host);
    if (events.has_exited) reap(host);
  } else if (host.place.is_back) {
    parts_.supervisor.reinstate(host);
  } else if (!host.stop.plan.empty() && !host.stop.timer.is_armed() && !host.grace_timer.is_armed()) {
    parts_.supervisor.stop_if_idle(host);
  }
}

// It has no calls, and whatever happens to it is its end.
void CrashHandler::handle_template(Host& host) {
  if (host.events.violation) {
    log(LogLevel::kError, host, protocol_error(host.info(), host.events.violation_text).message);
  }
  if (!host.events.has_exited) {
    if (host.events.violation || host.events.channel_end) host.signal_group(SIGKILL);
  } else {
    host.drain();
    host.finish_output();
    host.grace_timer.cancel();
    host.stop.timer.cancel();
    parts_.supervisor.on_template_exit(host, process::describe(death_of(host).status));
    host.events.is_reaped = true;
  }
  host.events.violation = false;
  host.events.channel_end = false;
}

// --- hosts that broke the protocol

void CrashHandler::handle_violation(Host& host) {
  host.events.is_broken = true;
  host.watch_calls(false);
  host.drain_output();
  const std::string& what = host.events.violation_text;
  Error error = protocol_error(host.info(), what.empty() ? kTooLarge : what);
  Worker* const next_worker = parts_.hosts.worker_of_replacement(host);
  if (parts_.hosts.spares().contains(host)) {
    parts_.supervisor.drop_spare(host, error);
  } else if (!host.is_ready() && (next_worker != nullptr || parts_.hosts.worker_of(host) != nullptr)) {
    error.kind = ErrorKind::kImportFailed;
    error.type = "ProtocolError";
    parts_.supervisor.on_start_failed(host, std::move(error), true);
  } else if (next_worker != nullptr) {
    parts_.supervisor.drop_replacement(*next_worker, error);
  } else {
    log(LogLevel::kError, host, error.message);
    parts_.recall.recall_line(host);
    host.begin_all();
    Failed failed;
    for (const auto& [id, entry] : host.in_flight()) failed.emplace_back(entry.call, Outcome::failure(error));
    parts_.supervisor.on_lost(host, RestartCause::kViolation, std::move(error));
    fail_all(host, failed);
    host.escalation.cancel();
    parts_.supervisor.retire(host, StopPlan::killing(), RestartCause::kViolation);
  }
  host.events.violation = false;
}

// --- hosts whose call channel ended

// That comes before the exit status; a host that stays alive without its channel broke the protocol.
void CrashHandler::handle_channel_end(Host& host) {
  // The channel is closed, and what the host has received of it and not begun is taken back. So its count of what it
  // has read is final.
  parts_.recall.recall(host);
  requeue_undelivered(host, attribute_crash(host.crash_snapshot(), {}, host.calls_at_death()).undelivered);
  const bool is_retiring = parts_.hosts.worker_of(host) == nullptr &&
                           parts_.hosts.worker_of_replacement(host) == nullptr && !parts_.hosts.spares().contains(host);
  if (!host.events.has_exited) {
    if (host.crash_snapshot().executed) {
      host.signal_group(SIGKILL);  // it has become another program, and ends as if it had crashed
    } else if (is_retiring && !host.has_calls()) {
      parts_.supervisor.stopper().step(host);  // it was kept for these calls only
    } else {
      await_exit(host, kExitWaits);
    }
  }
  host.events.channel_end = false;
}

void CrashHandler::await_exit(Host& host, int waits) {
  host.grace_timer.arm_after(kExitWait, [this, &host, waits] {
    if (waits > 1 && host.is_exiting()) return await_exit(host, waits - 1);
    host.read_last_collected();
    host.record_violation(host.channel().end());
  });
}

// --- hosts that have exited

void CrashHandler::reap(Host& host) {
  if (parts_.supervisor.stopper().waits_for_group(host)) return;
  if (!host.events.is_broken && (host.load() > 0 || host.has_calls())) host.watch_calls(true);
  host.drain();
  host.read_last_collected();
  host.events.channel_end = false;
  if (host.events.violation) handle_violation(host);
  host.finish_output();
  const Death& death = death_of(host);
  host.grace_timer.cancel();
  host.stop.timer.cancel();
  host.escalation.cancel();
  parts_.hosts.give_up(host, RestartCause::kUnresponsive);
  Worker* const worker = parts_.hosts.worker_of(host);
  Worker* const next_worker = parts_.hosts.worker_of_replacement(host);
  if (parts_.hosts.spares().contains(host)) {
    parts_.supervisor.drop_spare(host, error_of_spare(host));
  } else if (!host.is_ready() && (worker != nullptr || next_worker != nullptr)) {
    parts_.supervisor.on_exit_at_start(host,
                                       died_while_starting(death.info, death.status, parts_.supervisor.script_name()));
  } else if (next_worker != nullptr) {
    parts_.supervisor.drop_replacement(*next_worker, host_crashed(death.info, death.status, "nothing"));
  } else if (worker != nullptr && !host.stop.is_graceful) {
    crash(host);
  } else {
    parts_.hosts.remove_from_rotation(host, RestartCause::kNone);
    const bool has_failed = death.status.signal || death.status.exit_code.value_or(0) != 0;
    if (host.stop.is_graceful && host.load() == 0 && !host.has_calls() && has_failed) {
      log(LogLevel::kWarning, host, died_while_ending(death.info, death.status));
    }
    settle_calls(host);
  }
  host.events.is_reaped = true;
}

Error CrashHandler::error_of_spare(Host& host) {
  const Death& death = death_of(host);
  if (host.is_ready()) return host_crashed(death.info, death.status, "nothing");
  return died_while_starting(death.info, death.status, parts_.supervisor.script_name());
}

// The breaker knows before anybody is told: a caller may come back at once.
void CrashHandler::crash(Host& host) {
  const Death& death = death_of(host);
  const std::vector<CallPtr> calls = host.calls();
  const auto culprit =
      std::ranges::find_if(calls, [&](const CallPtr& call) { return death.attribution.culprit == call->id; });
  const bool has_read_none = calls.size() + host.line().size() == death.attribution.undelivered.size();
  Error error = host_crashed(death.info, death.status,
                             culprit != calls.end() ? (*culprit)->function
                             : has_read_none        ? "nothing"
                                                    : "several calls");
  const std::string text = error.message;
  parts_.supervisor.on_lost(host, RestartCause::kCrash, std::move(error));
  log(LogLevel::kError, host, text + parts_.supervisor.describe_recovery());
  settle_calls(host);
}

// --- what a death means to the calls

void CrashHandler::settle_calls(Host& host) {
  const Death& death = death_of(host);
  const process::ExitStatus& status = death.status;
  requeue_undelivered(host, death.attribution.undelivered);
  host.begin_all();
  const std::vector<CallPtr> calls = host.calls();
  const auto is_culprit = [&](const CallPtr& call) { return death.attribution.culprit == call->id; };
  const auto culprit = std::ranges::find_if(calls, is_culprit);
  const std::string running = culprit != calls.end() ? (*culprit)->function : "several calls";
  Failed failed;
  std::vector<CallPtr> again;
  for (const CallPtr& call : calls) {
    if (!death.attribution.culprit) {
      failed.emplace_back(call, Outcome::failure(host_crashed(death.info, status, call->function, calls.size())));
    } else if (is_culprit(call)) {
      continue;
    } else if (parts_.options.retry_collateral && call->may_run_again() &&
               call->collateral_retries < kMaxCollateralRetries) {
      again.push_back(call);
    } else {
      failed.emplace_back(call, Outcome::failure(collateral(death.info, status, *death.attribution.culprit, running)));
    }
  }
  if (culprit != calls.end()) retry_or_fail(host, *culprit, host_crashed(death.info, status, (*culprit)->function));
  for (auto call = again.rbegin(); call != again.rend(); ++call) {
    parts_.recall.requeue(&host, *call);
    ++(*call)->collateral_retries;
  }
  fail_all(host, failed);
}

// Calls that their host never took off its channel can go to another one without any risk of running twice. Those that
// were there ahead of their turn have nothing to do with its death, so that is not counted.
void CrashHandler::requeue_undelivered(Host& host, const std::vector<std::uint64_t>& undelivered) {
  for (auto id = undelivered.rbegin(); id != undelivered.rend(); ++id) {
    const CallPtr call = host.call_with_id(*id);
    if (call == nullptr) continue;
    const bool was_next = host.find(*call) != nullptr;
    if (was_next && call->redeliveries >= CallRecall::kMaxRedeliveries) continue;
    parts_.recall.requeue(&host, call);
    if (was_next) ++call->redeliveries;
  }
}

// The culprit runs again only for users who asked for it.
void CrashHandler::retry_or_fail(Host& host, const CallPtr& call, Error error) {
  const PoolOptions& options = parts_.options;
  const std::uint64_t input = options.quarantine_after > 0 ? call->input_hash() : 0;
  if (!host.death->is_counted) {
    if (options.quarantine_after > 0) parts_.quarantine.on_crash(input);
    ++call->crashes;
    host.death->is_counted = true;
  }
  const int crashes = call->crashes;
  error.crashes = crashes;
  Outcome outcome = Outcome::failure(std::move(error));
  const bool may_retry = call->may_run_again() && crashes <= call->retries && crashes < options.max_crashes_per_call &&
                         !parts_.phase.is_aborting();
  if (may_retry) {
    const double pause = std::min(options.retry_backoff * std::pow(2, crashes - 1), kMaxBackoff) * jitter_();
    TimePoint until = parts_.reactor.now() + seconds(pause);
    if (call->deadline) until = std::min(until, *call->deadline);
    parts_.retries.add(call, until, [this, call] {
      if (!parts_.retries.contains(*call)) return;
      parts_.recall.requeue(nullptr, call);
      parts_.retries.remove(*call);
    });
  }
  host.forget(*call);
  if (!may_retry) parts_.settler.settle(call, std::move(outcome));
  if (options.quarantine_after > 0) drop_quarantined(input);
}

void CrashHandler::fail_all(Host& host, Failed& failed) {
  for (auto& [call, outcome] : failed) {
    host.forget(*call);
    parts_.settler.settle(call, std::move(outcome));
  }
}

// Calls that wait with an input which is in quarantine by now need not try it.
void CrashHandler::drop_quarantined(std::uint64_t input) {
  const int limit = parts_.options.quarantine_after;
  if (parts_.quarantine.crashes(input) < limit) return;
  parts_.hosts.for_each([&](Host& host) {
    const auto is_alike = [input](const CallLine::Entry& entry) { return entry.call->input_hash() == input; };
    if (std::ranges::any_of(host.line().entries(), is_alike)) parts_.recall.recall_line(host);
  });
  for (const CallPtr& call : parts_.queue.calls()) {
    if (call->input_hash() != input) continue;
    Outcome outcome = Outcome::failure(quarantined(limit, call->function));
    if (parts_.queue.remove(call)) parts_.settler.settle(call, std::move(outcome));
  }
}

// --- the evidence

// Made once: the process can be reaped, and the kernel's counters asked, only once.
const Death& CrashHandler::death_of(Host& host) {
  if (!host.death) {
    const auto status = host.try_reap().value_or(process::ExitStatus{});
    host.death = Death{.status = status, .info = {}, .attribution = {}};
  }
  if (!host.death->is_known) {
    host.death->info = info_at_death(host, host.death->status);
    host.death->attribution = attribute_crash(host.crash_snapshot(), host.death->status, host.calls_at_death());
    host.death->is_known = true;
  }
  return *host.death;
}

HostInfo CrashHandler::info_at_death(const Host& host, const process::ExitStatus& status) {
  HostInfo info = host.info();
  const CrashSnapshot snapshot = host.crash_snapshot();
  if (snapshot.executed) info.executed = to_valid_utf8(snapshot.executed->program);
  info.verdict = verdict_of({.status = status,
                             .stderr_tail = info.stderr_tail,
                             .stack = info.stack,
                             .oom_kill = status.signal == SIGKILL && oom_watch_.explains_a_kill(),
                             .stack_overflow = snapshot.stack_overflow,
                             .lost_channels = snapshot.cause == wire::CrashRecord::kLostChannels,
                             .executed = snapshot.executed.has_value(),
                             .self_inflicted = snapshot.is_self_inflicted(status),
                             .memory_limit = parts_.options.memory_limit});
  // What is not above the start is the memory of this process, from which the host was started.
  if (status.peak_rss > snapshot.peak_rss_at_start) info.peak_rss = status.peak_rss;
  return info;
}

}  // namespace provider_host::internal
