#include "pool/host/host_stopper.h"

#include <algorithm>
#include <csignal>
#include <string>
#include <string_view>

#include "pool/call/failure.h"
#include "pool/host/stacks_wait.h"
#include "pool/reactor/clock.h"

namespace provider_host::internal {
namespace {

// How long processes that a host has left behind may run on before they get SIGTERM. Seconds.
constexpr double kTerminateDelay = 1;
// How often they are checked, at first and in the long run; seconds.
constexpr double kMinGroupPoll = 0.01;
constexpr double kMaxGroupPoll = 0.1;

}  // namespace

void HostStopper::step(Host& host) {
  HostStop& stop = host.stop;
  host.grace_timer.cancel();
  if (host.events.has_exited || stop.plan.empty()) return stop.timer.cancel();
  StopPlan rest = stop.plan;
  const StopStep step = *rest.next();
  if (step.action == StopAction::kRequestStacks) {
    await_stacks(host, stop.timer, StacksWait::at_the_end(), [this, &host] {
      if (host.stop.is_asked_for_stacks) this->step(host);  // else the stacks have come, and the step is made
    });
  } else {
    stop.timer.arm_after(step.wait, [this, &host] { this->step(host); });
  }
  stop.plan = rest;
  switch (step.action) {
    case StopAction::kCloseWriting:
      stop.is_graceful = host.abandoned() == 0;
      host.channel().close_writing();
      break;
    case StopAction::kRequestStacks:
      stop.is_asked_for_stacks = true;
      host.request_stacks();
      break;
    case StopAction::kTerminate:
      report_slow_end(host);
      host.signal_group(SIGTERM);
      break;
    case StopAction::kKill:
      stop.is_graceful = false;
      host.signal_group(SIGKILL);
      break;
  }
}

void HostStopper::report_slow_end(Host& host) {
  host.stop.is_asked_for_stacks = false;
  host.stop.is_graceful = false;
  const HostInfo info = host.info_with_stacks();
  log_.post({LogLevel::kWarning, host.number, "pool", ends_too_slowly(info, stop_grace_)});
  for (std::string_view rest = info.stack; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (!line.empty()) log_.post({LogLevel::kWarning, host.number, "pool", line});
  }
}

bool HostStopper::waits_for_group(Host& host) {
  HostStop& stop = host.stop;
  if (!stop.is_graceful || host.load() > 0 || host.crash_snapshot().childless) return false;
  const TimePoint now = host.now();
  if (now < stop.next_group_poll) return true;
  if (!host.group_is_running()) return false;
  if (!stop.group_wait_began) stop.group_wait_began = now;
  const double since = to_seconds(now - *stop.group_wait_began);
  if (since >= stop_grace_) {
    log_.post({LogLevel::kInfo, host.number, "pool", "processes that the host has left behind are killed"});
    return false;
  }
  if (since >= std::min(kTerminateDelay, stop_grace_ / 2)) host.signal_group(SIGTERM);
  const TimePoint next_group_poll = now + seconds(std::clamp(since, kMinGroupPoll, kMaxGroupPoll));
  stop.timer.arm(next_group_poll, [] {});  // it makes for an iteration
  stop.next_group_poll = next_group_poll;
  return true;
}

}  // namespace provider_host::internal
