// The pool's thread: hosts that have ended, and what that means to the calls that they had.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <tuple>
#include <utility>

#include "base/utf8.h"
#include "pool/pool_core.h"
#include "pool/verdict.h"

namespace provider_host::internal {
namespace {

// A call is put back at most so often when hosts die before reading it.
constexpr int kMaxResends = 3;
// A call whose host another call has brought down is run again once.
constexpr int kMaxSpared = 1;
constexpr double kLongestRest = 30;

}  // namespace

// Takes everything from a process that has ended, says what that means, and lets it go.
void PoolCore::bury(HostProcess& host) {
  if (waits_for_company(host)) return;
  if (!host.distrusted && host.load() > 0) host.watch_calls(true);
  host.drain();
  host.channel_ended = false;
  if (host.violated) end_violator(host);
  host.finish_output();
  const Death& death = death_of(host);
  timers_.cancel(host.timer);
  timers_.cancel(host.obey_timer);
  Slot* const of_old = slot_of_successor(host);
  if (!host.ready && (of_old != nullptr || slot_of(host) != nullptr)) {
    end_start(host);
  } else if (of_old != nullptr) {
    drop_successor(*of_old, host_crashed(death.facts, death.status, "nothing"));
  } else if (slot_of(host) != nullptr && !host.leaving) {
    crash(host);
  } else {
    leave_slot(host, RestartCause::kNone);
    const bool died = death.status.signal || death.status.exit_code.value_or(0) != 0;
    if (host.leaving && host.load() == 0 && died) {
      log(LogLevel::kWarning, host.number, "pool", died_while_ending(death.facts, death.status));
    }
    settle_dead(host);
  }
  host.buried = true;
}

// A host has ended before it was ready.
void PoolCore::end_start(HostProcess& host) {
  const Death& death = death_of(host);
  Error error = died_while_starting(death.facts, death.status, script_name_);
  try {
    if (follow(host)) return leave_slot(host, RestartCause::kNone);
  } catch (const ConfigError& no_host) {
    error.message += std::string("; ") + no_host.what();
  }
  fail_start(&host, std::move(error), false);
}

// The breaker knows before anybody is told: a caller may come back at once.
void PoolCore::crash(HostProcess& host) {
  const Death& death = death_of(host);
  const std::vector<CallPtr> calls = host.calls_in_flight();
  const auto culprit =
      std::ranges::find_if(calls, [&](const CallPtr& call) { return death.blame.culprit == call->id; });
  const std::size_t read = calls.size() - death.blame.unread.size();
  Error error = host_crashed(death.facts, death.status,
                             culprit != calls.end() ? (*culprit)->function
                             : read == 0            ? "nothing"
                                                    : "several calls");
  const std::string text = error.message;
  leave_slot(host, RestartCause::kCrash);
  {
    const std::lock_guard lock(mutex_);
    policy_.on_crash(Clock::now());
    last_error_ = std::move(error);
  }
  log(LogLevel::kError, host.number, "pool", text + what_follows());
  settle_dead(host);
}

// What becomes of the slot of a host that crashed, for the log.
std::string PoolCore::what_follows() const {
  const std::lock_guard lock(mutex_);
  if (closing_ && (cut_ || queue_.empty())) return "";
  if (!policy_.is_open()) return "; it is replaced";
  return fmt::format("; it is not replaced for {:.1f} s", policy_.retry_after(Clock::now()));
}

// Made once: the process can be reaped, and the kernel's counters asked, only once.
const Death& PoolCore::death_of(HostProcess& host) {
  if (!host.death) {
    const auto status = host.try_reap().value_or(process::ExitStatus{});
    host.death = Death{.status = status, .facts = {}, .blame = {}};
  }
  if (!host.death->is_known) {
    host.death->facts = facts_of_death(host, host.death->status);
    host.death->blame = find_blame(host.last_words(), host.death->status, host.calls_at_death());
    host.death->is_known = true;
  }
  return *host.death;
}

HostFacts PoolCore::facts_of_death(HostProcess& host, const process::ExitStatus& status) {
  HostFacts facts = host.facts();
  const LastWords words = host.last_words();
  if (words.executed) facts.executed = to_valid_utf8(words.executed->program);
  facts.verdict = verdict_of({.status = status,
                              .stderr_tail = facts.stderr_tail,
                              .stack = facts.stack,
                              .oom_kill = status.signal == SIGKILL && oom_watch_.explains_a_kill(),
                              .stack_overflow = words.stack_overflow,
                              .lost_channels = words.cause == wire::BlackBox::kLostChannels,
                              .executed = words.executed.has_value(),
                              .own_doing = words.is_own_doing(status),
                              .memory_limit = options_.memory_limit});
  // What is not above the start is the memory of this process, from which the host was started.
  if (status.peak_rss > words.peak_rss_at_start) facts.peak_rss = status.peak_rss;
  return facts;
}

// Settles the calls of a host that is dead, or puts them back.
void PoolCore::settle_dead(HostProcess& host) {
  const Death& death = death_of(host);
  const auto& [status, facts, blame] = std::tie(death.status, death.facts, death.blame);
  put_back(host, blame.unread);
  const std::vector<CallPtr> calls = host.calls_in_flight();
  const auto is_culprit = [&blame = blame](const CallPtr& call) { return blame.culprit == call->id; };
  const auto culprit = std::ranges::find_if(calls, is_culprit);
  const std::string running = culprit != calls.end() ? (*culprit)->function : "several calls";
  std::vector<std::pair<CallPtr, Outcome>> failed;
  std::vector<CallPtr> spared;
  for (const CallPtr& call : calls) {
    if (!blame.culprit) {
      failed.emplace_back(call, Outcome::failure(host_crashed(facts, status, call->function, calls.size())));
    } else if (is_culprit(call)) {
      continue;
    } else if (options_.retry_collateral && call->spared < kMaxSpared) {
      spared.push_back(call);
    } else {
      failed.emplace_back(call, Outcome::failure(collateral(facts, status, *blame.culprit, running)));
    }
  }
  if (culprit != calls.end()) retry_or_fail(host, *culprit, host_crashed(facts, status, (*culprit)->function));
  for (auto call = spared.rbegin(); call != spared.rend(); ++call) {
    requeue(&host, *call);
    ++(*call)->spared;
  }
  finish_all(host, failed);
}

// The culprit runs again only for users who asked for it.
void PoolCore::retry_or_fail(HostProcess& host, const CallPtr& call, Error error) {
  const std::uint64_t input = options_.quarantine_after > 0 ? call->input_hash() : 0;
  if (!host.death->is_counted) {
    const std::lock_guard lock(mutex_);
    if (options_.quarantine_after > 0) quarantine_.on_crash(input);
    ++call->crashes;
    host.death->is_counted = true;
  }
  const int crashes = call->crashes;
  error.crashes = crashes;
  Outcome outcome = Outcome::failure(std::move(error));
  const bool may_retry = crashes <= call->retries && crashes < options_.max_crashes_per_call && !cut_;
  if (may_retry) {
    const double pause = std::min(options_.retry_backoff * std::pow(2, crashes - 1), kLongestRest) * jitter_();
    TimePoint until = Clock::now() + seconds(pause);
    if (call->deadline) until = std::min(until, *call->deadline);
    timers_.cancel(call->timer);
    call->timer = timers_.add(until, [this, call] {
      if (!resting_.contains(call->id)) return;
      requeue(nullptr, call);
      resting_.erase(call->id);
    });
    resting_.emplace(call->id, call);
  }
  host.forget(*call);
  if (!may_retry) finish(call, std::move(outcome));
  if (options_.quarantine_after > 0) drop_quarantined(input);
}

// Calls that their host never took off its channel can go to another one without any risk of running twice.
void PoolCore::put_back(HostProcess& host, const std::vector<std::uint64_t>& unread) {
  for (auto id = unread.rbegin(); id != unread.rend(); ++id) {
    const auto found = host.in_flight().find(*id);
    if (found == host.in_flight().end() || found->second->resends >= kMaxResends) continue;
    const CallPtr call = found->second;
    requeue(&host, call);
    ++call->resends;
  }
}

}  // namespace provider_host::internal
