// The pool's thread: hosts that are to end, step by step, and what they leave behind.
#include <algorithm>
#include <csignal>
#include <string>
#include <string_view>

#include "pool/failure.h"
#include "pool/pool_core.h"
#include "process/process_state.h"

namespace provider_host::internal {
namespace {

// How long processes that a host has left behind are only watched; then they are asked to end. Seconds.
constexpr double kQuiet = 1;
// How often they are looked for, at first and in the long run; seconds.
constexpr double kFirstLook = 0.01;
constexpr double kLastLook = 0.1;

}  // namespace

void PoolCore::stop_step(HostProcess& host) {
  timers_.cancel(host.timer);
  if (host.ended || host.stop_plan.empty()) return;
  StopPlan rest = host.stop_plan;
  const StopStep step = *rest.next();
  host.timer = timers_.add(Clock::now() + seconds(step.wait), [this, &host] { stop_step(host); });
  host.stop_plan = rest;
  switch (step.action) {
    case StopAction::kCloseWriting:
      host.leaving = host.abandoned() == 0;
      host.close_writing();
      break;
    case StopAction::kAskWhere:
      host.asked_where = true;
      host.request_dump();
      break;
    case StopAction::kTerminate:
      tell_slow_end(host);
      host.signal_group(SIGTERM);
      break;
    case StopAction::kKill:
      host.leaving = false;
      host.signal_group(SIGKILL);
      break;
  }
}

void PoolCore::tell_slow_end(HostProcess& host) {
  host.asked_where = false;
  host.leaving = false;
  const HostFacts facts = facts_with_dump(host);
  log(LogLevel::kWarning, host.number, "pool", ends_too_slowly(facts, options_.stop_grace));
  for (std::string_view rest = facts.stack; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (!line.empty()) log(LogLevel::kWarning, host.number, "pool", line);
  }
}

// A host that went in peace may leave processes that see the end of their pipes only now: the resource tracker of
// multiprocessing has to remove shared memory, `gzip` to write its last block. Returns whether it is too early to bury
// the host.
bool PoolCore::waits_for_company(HostProcess& host) {
  if (!host.leaving || host.load() > 0 || host.last_words().childless) return false;
  const TimePoint now = Clock::now();
  if (now < host.next_look) return true;
  if (!host.has_company()) return false;
  if (!host.left_others) host.left_others = now;
  const double since = to_seconds(now - *host.left_others);
  if (since >= options_.stop_grace) {
    log(LogLevel::kInfo, host.number, "pool", "processes that the host has left behind are killed");
    return false;
  }
  if (since >= std::min(kQuiet, options_.stop_grace / 2)) host.signal_group(SIGTERM);
  timers_.cancel(host.timer);
  const TimePoint next_look = now + seconds(std::clamp(since, kFirstLook, kLastLook));
  host.timer = timers_.add(next_look, [] {});  // it wakes the loop
  host.next_look = next_look;
  return true;
}

}  // namespace provider_host::internal
