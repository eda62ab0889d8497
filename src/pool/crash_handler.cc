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

// A call is put back at most so often when hosts die before reading it.
constexpr int kMaxRedeliveries = 3;
// A call whose host another call has crashed is run again once.
constexpr int kMaxCollateralRetries = 1;
constexpr double kMaxBackoff = 30;
// What is wrong with a response that there is no memory for.
constexpr const char* kTooLarge = "it sent more than this process has memory for";
// A process that lives on without its call channel; seconds.
constexpr double kExitWait = 1;

}  // namespace

void CrashHandler::handle(Host& host) {
  const Host::Events& events = host.events;
  if (events.is_reaped) return;
  if (events.violation || events.channel_end || events.has_exited) {
    // When a caller has the channel, that caller reads what is left of it and transfers its call.
    if (parts_.hosts.worker_of(host) != nullptr && !parts_.leases.revoke(host.number)) return;
    if (events.violation) end_violator(host);
    if (events.channel_end) end_channel(host);
    if (events.has_exited) reap(host);
  } else if (!host.stop.plan.empty() && !host.stop.timer.is_armed() && !host.patience.is_armed()) {
    parts_.supervisor.stop_if_idle(host);
  }
}

// --- hosts that broke the protocol

void CrashHandler::end_violator(Host& host) {
  host.events.is_broken = true;
  host.watch_calls(false);
  host.drain_output();
  const std::string& what = host.events.violation_text;
  Error error = protocol_error(host.facts(), what.empty() ? kTooLarge : what);
  Worker* const to_be = parts_.hosts.worker_to_be(host);
  if (!host.is_ready() && (to_be != nullptr || parts_.hosts.worker_of(host) != nullptr)) {
    error.kind = ErrorKind::kImportFailed;
    error.type = "ProtocolError";
    parts_.supervisor.on_start_failed(host, std::move(error), true);
  } else if (to_be != nullptr) {
    parts_.supervisor.drop_replacement(*to_be, error);
  } else {
    log(LogLevel::kError, host, error.message);
    Failed failed;
    for (const auto& [id, entry] : host.in_flight()) failed.emplace_back(entry.call, Outcome::failure(error));
    parts_.supervisor.on_lost(host, RestartCause::kViolation, std::move(error));
    fail_all(host, failed);
    host.escalation.timer.cancel();
    parts_.supervisor.retire(host, StopPlan::killing(), RestartCause::kViolation);
  }
  host.events.violation = false;
}

// --- hosts whose call channel ended

// That comes before the exit status; a host that stays alive without its channel broke the protocol.
void CrashHandler::end_channel(Host& host) {
  // The channel is closed, so the host's count of what it has read is final.
  put_back(host, attribute_crash(host.crash_snapshot(), {}, host.calls_at_death()).unread);
  const bool is_retiring = parts_.hosts.worker_of(host) == nullptr && parts_.hosts.worker_to_be(host) == nullptr;
  if (!host.events.has_exited) {
    if (host.crash_snapshot().executed) {
      host.signal_group(SIGKILL);  // it has become another program, and ends as if it had crashed
    } else if (is_retiring && host.in_flight().empty()) {
      parts_.supervisor.stopper().step(host);  // it was kept for these calls only
    } else {
      host.patience.arm_after(kExitWait, [&host] { host.note_violation(host.channel().end()); });
    }
  }
  host.events.channel_end = false;
}

// --- hosts that have exited

void CrashHandler::reap(Host& host) {
  if (parts_.supervisor.stopper().waits_for_company(host)) return;
  if (!host.events.is_broken && host.load() > 0) host.watch_calls(true);
  host.drain();
  host.events.channel_end = false;
  if (host.events.violation) end_violator(host);
  host.finish_output();
  const Death& death = death_of(host);
  host.patience.cancel();
  host.stop.timer.cancel();
  host.escalation.timer.cancel();
  Worker* const worker = parts_.hosts.worker_of(host);
  Worker* const to_be = parts_.hosts.worker_to_be(host);
  if (!host.is_ready() && (worker != nullptr || to_be != nullptr)) {
    parts_.supervisor.on_exit_at_start(host,
                                       died_while_starting(death.facts, death.status, parts_.supervisor.script_name()));
  } else if (to_be != nullptr) {
    parts_.supervisor.drop_replacement(*to_be, host_crashed(death.facts, death.status, "nothing"));
  } else if (worker != nullptr && !host.stop.is_leaving) {
    crash(host);
  } else {
    parts_.hosts.remove_from_rotation(host, RestartCause::kNone);
    const bool has_failed = death.status.signal || death.status.exit_code.value_or(0) != 0;
    if (host.stop.is_leaving && host.load() == 0 && has_failed) {
      log(LogLevel::kWarning, host, died_while_ending(death.facts, death.status));
    }
    settle_calls(host);
  }
  host.events.is_reaped = true;
}

// The breaker knows before anybody is told: a caller may come back at once.
void CrashHandler::crash(Host& host) {
  const Death& death = death_of(host);
  const std::vector<CallPtr> calls = host.calls();
  const auto culprit =
      std::ranges::find_if(calls, [&](const CallPtr& call) { return death.attribution.culprit == call->id; });
  const bool has_read_none = calls.size() == death.attribution.unread.size();
  Error error = host_crashed(death.facts, death.status,
                             culprit != calls.end() ? (*culprit)->function
                             : has_read_none        ? "nothing"
                                                    : "several calls");
  const std::string text = error.message;
  parts_.supervisor.on_lost(host, RestartCause::kCrash, std::move(error));
  log(LogLevel::kError, host, text + parts_.supervisor.what_follows());
  settle_calls(host);
}

// --- what a death means to the calls

void CrashHandler::settle_calls(Host& host) {
  const Death& death = death_of(host);
  const process::ExitStatus& status = death.status;
  put_back(host, death.attribution.unread);
  const std::vector<CallPtr> calls = host.calls();
  const auto is_culprit = [&](const CallPtr& call) { return death.attribution.culprit == call->id; };
  const auto culprit = std::ranges::find_if(calls, is_culprit);
  const std::string running = culprit != calls.end() ? (*culprit)->function : "several calls";
  Failed failed;
  std::vector<CallPtr> again;
  for (const CallPtr& call : calls) {
    if (!death.attribution.culprit) {
      failed.emplace_back(call, Outcome::failure(host_crashed(death.facts, status, call->function, calls.size())));
    } else if (is_culprit(call)) {
      continue;
    } else if (parts_.options.retry_collateral && call->collateral_retries < kMaxCollateralRetries) {
      again.push_back(call);
    } else {
      failed.emplace_back(call, Outcome::failure(collateral(death.facts, status, *death.attribution.culprit, running)));
    }
  }
  if (culprit != calls.end()) retry_or_fail(host, *culprit, host_crashed(death.facts, status, (*culprit)->function));
  for (auto call = again.rbegin(); call != again.rend(); ++call) {
    requeue(&host, *call);
    ++(*call)->collateral_retries;
  }
  fail_all(host, failed);
}

// Calls that their host never took off its channel can go to another one without any risk of running twice.
void CrashHandler::put_back(Host& host, const std::vector<std::uint64_t>& unread) {
  for (auto id = unread.rbegin(); id != unread.rend(); ++id) {
    const auto found = host.in_flight().find(*id);
    if (found == host.in_flight().end() || found->second.call->redeliveries >= kMaxRedeliveries) continue;
    const CallPtr call = found->second.call;
    requeue(&host, call);
    ++call->redeliveries;
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
  const bool may_retry =
      crashes <= call->retries && crashes < options.max_crashes_per_call && !parts_.phase.is_aborting();
  if (may_retry) {
    const double pause = std::min(options.retry_backoff * std::pow(2, crashes - 1), kMaxBackoff) * jitter_();
    TimePoint until = parts_.reactor.now() + seconds(pause);
    if (call->deadline) until = std::min(until, *call->deadline);
    parts_.retries.add(call, until, [this, call] {
      if (!parts_.retries.contains(*call)) return;
      requeue(nullptr, call);
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

void CrashHandler::requeue(Host* from, const CallPtr& call) {
  if (parts_.phase.is_aborting()) {
    Outcome outcome = Outcome::failure(shutting_down());
    if (from != nullptr) from->forget(*call);
    return parts_.settler.settle(call, std::move(outcome));
  }
  call->keep_prompt();
  const TimePoint started = std::exchange(call->started, {});
  try {
    parts_.queue.push_front(call);
  } catch (...) {
    call->started = started;
    throw;
  }
  call->host = 0;
  call->pid = 0;
  if (from != nullptr) from->forget(*call);
}

// Calls that wait with an input which is in quarantine by now need not try it.
void CrashHandler::drop_quarantined(std::uint64_t input) {
  const int limit = parts_.options.quarantine_after;
  if (parts_.quarantine.crashes(input) < limit) return;
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
    host.death = Death{.status = status, .facts = {}, .attribution = {}};
  }
  if (!host.death->is_known) {
    host.death->facts = facts_of_death(host, host.death->status);
    host.death->attribution = attribute_crash(host.crash_snapshot(), host.death->status, host.calls_at_death());
    host.death->is_known = true;
  }
  return *host.death;
}

HostFacts CrashHandler::facts_of_death(const Host& host, const process::ExitStatus& status) {
  HostFacts facts = host.facts();
  const CrashSnapshot snapshot = host.crash_snapshot();
  if (snapshot.executed) facts.executed = to_valid_utf8(snapshot.executed->program);
  facts.verdict = verdict_of({.status = status,
                              .stderr_tail = facts.stderr_tail,
                              .stack = facts.stack,
                              .oom_kill = status.signal == SIGKILL && oom_watch_.explains_a_kill(),
                              .stack_overflow = snapshot.stack_overflow,
                              .lost_channels = snapshot.cause == wire::CrashRecord::kLostChannels,
                              .executed = snapshot.executed.has_value(),
                              .self_inflicted = snapshot.is_self_inflicted(status),
                              .memory_limit = parts_.options.memory_limit});
  // What is not above the start is the memory of this process, from which the host was started.
  if (status.peak_rss > snapshot.peak_rss_at_start) facts.peak_rss = status.peak_rss;
  return facts;
}

}  // namespace provider_host::internal
