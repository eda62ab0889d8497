// The pool's thread: hosts that have ended, and what that means to the calls that they had.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <csignal>
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
  const auto status = host.try_reap().value_or(process::ExitStatus{});
  host.finish_output();
  timers_.cancel(host.timer);
  timers_.cancel(host.obey_timer);
  if (slot_of(host) == nullptr && slot_of_successor(host) == nullptr) {
    const bool died = status.signal || status.exit_code.value_or(0) != 0;
    if (host.leaving && host.load() == 0 && died) {
      log(LogLevel::kWarning, host.number, "pool", died_while_ending(facts_of_death(host, status), status));
    }
    settle_dead(host, status);
  } else if (host.ready) {
    crash(host, status);
  } else {
    end_start(host, status);
  }
  buried_.push_back(&host);
}

// A host has ended before it was ready.
void PoolCore::end_start(HostProcess& host, const process::ExitStatus& status) {
  Error error = died_while_starting(facts_of_death(host, status), status, script_name_);
  try {
    if (follow(host)) return leave_slot(host, RestartCause::kNone);
  } catch (const ConfigError& no_host) {
    error.message += std::string("; ") + no_host.what();
  }
  fail_start(&host, std::move(error), false);
}

void PoolCore::crash(HostProcess& host, const process::ExitStatus& status) {
  leave_slot(host, RestartCause::kCrash);
  {
    const std::lock_guard lock(mutex_);
    policy_.on_crash(Clock::now());
  }
  Error error = settle_dead(host, status);
  log(LogLevel::kError, host.number, "pool", error.message + what_follows());
  bool unavailable = false;
  double retry_after = 0;
  {
    const std::lock_guard lock(mutex_);
    last_error_ = error;
    unavailable = is_unavailable();
    retry_after = policy_.retry_after(Clock::now());
  }
  if (unavailable) fail_queue([&] { return pool_unavailable(error, retry_after); });
}

// What becomes of the slot of a host that crashed, for the log.
std::string PoolCore::what_follows() const {
  const std::lock_guard lock(mutex_);
  if (closing_ && (cut_ || queue_.empty())) return "";
  if (!policy_.is_open()) return "; it is replaced";
  return fmt::format("; it is not replaced for {:.1f} s", policy_.retry_after(Clock::now()));
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

// Settles the calls of a host that is dead, or puts them back; returns what happened to it, for the log.
Error PoolCore::settle_dead(HostProcess& host, const process::ExitStatus& status) {
  const HostFacts facts = facts_of_death(host, status);
  const LastWords words = host.last_words();
  const Blame blame = find_blame(words, status, host.calls_at_death());
  put_back(host, blame.unread);
  const std::vector<CallPtr> calls = host.forget_all();
  const auto is_culprit = [&](const CallPtr& call) { return blame.culprit == call->id; };
  const auto culprit = std::ranges::find_if(calls, is_culprit);
  const std::string running = culprit != calls.end() ? (*culprit)->function
                              : calls.empty()        ? "nothing"
                                                     : "several calls";
  Error what = host_crashed(facts, status, running);
  std::vector<CallPtr> spared;
  for (const CallPtr& call : calls) {
    if (!blame.culprit) {
      finish(call, host_crashed(facts, status, call->function, calls.size()));
    } else if (is_culprit(call)) {
      retry_or_fail(call, host_crashed(facts, status, call->function));
    } else if (options_.retry_collateral && call->spared < kMaxSpared) {
      ++call->spared;
      spared.push_back(call);
    } else {
      finish(call, collateral(facts, status, *blame.culprit, running));
    }
  }
  while (!spared.empty()) {
    requeue(std::move(spared.back()));
    spared.pop_back();
  }
  return what;
}

// The culprit runs again only for users who asked for it.
void PoolCore::retry_or_fail(const CallPtr& call, Error error) {
  ++call->crashes;
  error.crashes = call->crashes;
  if (options_.quarantine_after > 0) {
    const std::uint64_t input = call->input_hash();
    {
      const std::lock_guard lock(mutex_);
      quarantine_.on_crash(input);
    }
    drop_quarantined(input);
  }
  const bool may_retry = call->crashes <= call->retries && call->crashes < options_.max_crashes_per_call;
  if (!may_retry || cut_) return finish(call, std::move(error));
  const double pause = std::min(options_.retry_backoff * std::pow(2, call->crashes - 1), kLongestRest) * jitter_();
  TimePoint until = Clock::now() + seconds(pause);
  if (call->deadline) until = std::min(until, *call->deadline);
  resting_.emplace(call->id, call);
  timers_.cancel(call->timer);
  call->timer = timers_.add(until, [this, call] {
    resting_.erase(call->id);
    requeue(call);
  });
}

// Calls that their host never took off its channel can go to another one without any risk of running twice.
void PoolCore::put_back(HostProcess& host, const std::vector<std::uint64_t>& unread) {
  for (auto id = unread.rbegin(); id != unread.rend(); ++id) {
    CallPtr call = host.in_flight().at(*id);
    if (call->resends >= kMaxResends) continue;
    host.forget(*call);
    ++call->resends;
    requeue(std::move(call));
  }
}

// The channel is closed, so the host's count of what it has read is final.
void PoolCore::put_back_unread(HostProcess& host) {
  put_back(host, find_blame(host.last_words(), {}, host.calls_at_death()).unread);
  if (host.in_flight().empty() && slot_of(host) == nullptr) stop_step(host);  // it was kept for these calls only
}

}  // namespace provider_host::internal
