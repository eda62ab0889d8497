#include "pool/supervisor.h"

#include <spdlog/fmt/fmt.h>

#include <exception>
#include <utility>

#include "pool/call/failure.h"
#include "pool/host/stacks_wait.h"
#include "pool/policy/jitter.h"
#include "pool/start_failure.h"

namespace provider_host::internal {

Supervisor::Supervisor(const Parts& parts, Launcher launcher)
    : parts_(parts),
      launcher_(std::move(launcher)),
      policy_(parts.options.max_consecutive_crashes, Jitter()),
      stopper_(parts.options.stop_grace, parts.log),
      preloader_({parts.options, parts.reactor, parts.hosts, launcher_, stopper_, parts.listener, parts.log}),
      restart_timer_(parts.reactor.timers()) {}

// --- starting

void Supervisor::start_missing() {
  if (restart_timer_.is_armed()) restart_timer_.cancel();
  if (Host* const made = needs_hosts() ? preloader_.start_template() : nullptr) {
    made->start.code = generations_.current();
    arm_start_timeout(*made);
  }
  preloader_.end_unused();
  if (parts_.hosts.missing() == 0) return;
  for (Worker& worker : parts_.hosts.workers()) {
    if (worker.host != nullptr || !worker.is_wanted || !needs_hosts()) continue;
    const bool is_wanted = !policy_.is_open() || !parts_.queue.empty() || parts_.hosts.has_process();
    const auto at = is_wanted ? next_start() : std::nullopt;
    if (!at) return;
    if (*at > parts_.reactor.now()) return restart_timer_.arm(*at, [] {});  // it makes for an iteration
    if (hand_over_spare(worker)) continue;
    if (!can_launch()) return;
    start(worker);
  }
}

// A spare need not wait for the pause after a crash.
std::optional<TimePoint> Supervisor::next_start() const {
  return parts_.hosts.spares().has_ready() ? policy_.next_hand_over() : policy_.next_start();
}

bool Supervisor::hand_over_spare(Worker& worker) {
  auto spare = parts_.hosts.spares().take(worker.number);
  if (spare == nullptr) return false;
  policy_.on_start();
  parts_.hosts.install(worker, std::move(spare));
  parts_.hosts.on_ready(worker);
  update_policy();
  policy_.on_ready();
  publish_availability();
  return true;
}

// What has been started belongs to the present code; what has not fails it.
template <typename Launch>
std::unique_ptr<Host> Supervisor::begun(Launch launch_host) {
  try {
    std::unique_ptr<Host> host = launch_host();
    if (host->start.origin != HostStart::Origin::kFork) host->start.code = generations_.current();
    arm_start_timeout(*host);
    return host;
  } catch (...) {
    generations_.on_failed(generations_.current(), no_host_started());
    throw;
  }
}

void Supervisor::start(Worker& worker) {
  try {
    auto host = begun([&] { return preloader_.launch_for(worker); });
    policy_.on_start();
    parts_.hosts.install(worker, std::move(host));
    publish_availability();
  } catch (...) {  // whatever it is: this start is over
    policy_.on_start();
    on_failed_start(std::nullopt, no_host_started(), false);
    parts_.reactor.wake();  // the next iteration sees when it may be tried again
  }
}

std::unique_ptr<Host> Supervisor::launch(int number) {
  return begun([&] { return preloader_.launch(number); });
}

// A host that is late is asked where its code is first.
void Supervisor::arm_start_timeout(Host& host) {
  if (parts_.options.start_timeout == 0) return;
  host.grace_timer.arm(host.start.spawned_at + seconds(parts_.options.start_timeout), [this, &host] {
    host.start.is_late = true;
    host.request_stacks();
    await_stacks(host, host.grace_timer, {}, [this, &host] { on_start_timeout(host); });
  });
}

void Supervisor::on_start_stacks(Host& host) {
  const bool is_awaited =
      parts_.hosts.worker_of(host) != nullptr || parts_.hosts.spares().contains(host) || parts_.hosts.is_template(host);
  if (!host.is_ready() && host.start.is_late && is_awaited) on_start_timeout(host);
}

void Supervisor::on_start_timeout(Host& host) {
  Error error = start_timed_out(host.info_with_stacks(), parts_.options.start_timeout, script_name());
  if (host.start.origin != HostStart::Origin::kFork || parts_.hosts.worker_of(host) == nullptr) {
    return on_start_failed(host, std::move(error), true);
  }
  on_fork_failed(host, std::move(error));
  retire(host, StopPlan::killing(), RestartCause::kFailedStart);
}

void Supervisor::on_template_message(Host& host, const wire::HostMessage& message) {
  if (std::holds_alternative<wire::ReadyMessage>(message)) {
    host.grace_timer.cancel();
    host.start.is_late = false;
  }
  const bool was_next = preloader_.is_next(host);
  preloader_.on_message(host, message);
  if (was_next && !preloader_.is_next(host)) generations_.on_prepared();
  for (Worker& worker : parts_.hosts.workers()) {
    if (worker.host == nullptr || worker.replacement == nullptr) parts_.hosts.on_change(worker);
  }
}

void Supervisor::on_ready(Host& host, const wire::ReadyMessage& message) {
  host.grace_timer.cancel();
  host.start.is_late = false;
  host.start.ready_at = parts_.reactor.now();
  host.start.report.python_version = message.python;
  host.start.report.import_ms = message.import_ms;
  host.start.report.ready_ms = to_seconds(host.start.ready_at - host.start.spawned_at) * 1000;
  generations_.on_ready(host.start.code);
  Worker* const worker = parts_.hosts.worker_of(host);
  if (host.start.origin == HostStart::Origin::kFork) preloader_.on_fork_ready();
  if (worker == nullptr) return parts_.hosts.spares().on_ready();
  parts_.hosts.on_ready(*worker);
  update_policy();
  policy_.on_ready();
  has_started_ = true;
  parts_.start_result.on_ready(host.start.report);
}

void Supervisor::on_start_failed(Host& host, Error error, bool is_import_error) {
  const bool was_next = preloader_.is_next(host);
  preloader_.on_not_started(host, is_import_error);
  if (was_next) generations_.on_failed(host.start.code, error);
  if (parts_.hosts.is_template(host)) return drop_template(host, was_next ? std::nullopt : std::optional(error));
  if (parts_.hosts.worker_of(host) == nullptr) {
    if (Worker* const worker = parts_.hosts.worker_of_replacement(host)) drop_replacement(*worker, error);
    if (parts_.hosts.spares().contains(host)) drop_spare(host, error);
    return;  // given up already
  }
  parts_.hosts.remove_from_rotation(host, RestartCause::kFailedStart);
  generations_.on_failed(host.start.code, error);
  on_failed_start(host.number, std::move(error), is_import_error);
  host.grace_timer.cancel();
  retire(host, StopPlan::killing(), RestartCause::kFailedStart);
}

void Supervisor::on_failed_start(std::optional<int> host, Error error, bool is_import_error) {
  if (has_started_ || !parts_.options.wait_for_start) log(LogLevel::kError, host.value_or(0), error.message);
  std::optional<Error> at_first;  // the pool's constructor throws it
  if (!has_started_) at_first = error;
  update_policy();
  policy_.on_start_failed(parts_.reactor.now(), is_import_error);
  last_error_ = std::move(error);
  // Before any call is refused for it: whoever tells both to a client tells of the start first.
  if (at_first) parts_.start_result.on_failed(std::move(*at_first));
  publish_availability();
}

// A template that was to follow one that was lost. Of one of new code the Reloader tells.
void Supervisor::drop_template(Host& host, const std::optional<Error>& error) {
  if (error) log(LogLevel::kWarning, 0, "a template could not be made: " + error->message);
  stopper_.stop(host, StopPlan::killing());
}

// No failed start of the pool: after a few, hosts start by themselves. Nor is one that was not made, except as the
// breaker's probe.
void Supervisor::on_fork_failed(Host& host, Error error) {
  host.grace_timer.cancel();
  if (!is_unmade(host)) log(LogLevel::kWarning, host.number, error.message);
  if (is_failed_fork(host)) preloader_.on_fork_failed();
  if (!is_unmade(host) || !policy_.is_closed()) {
    update_policy();
    policy_.on_fork_failed(parts_.reactor.now());
    last_error_ = std::move(error);
    publish_availability();
  }
  parts_.metrics.on_start_undone(host.number);
  parts_.hosts.remove_from_rotation(host, RestartCause::kNone);
}

void Supervisor::on_exit_at_start(Host& host, Error error) {
  if (has_imported(host) && parts_.hosts.worker_of(host) != nullptr) {
    return on_fork_failed(host, std::move(error));
  }
  Worker* const next_worker = parts_.hosts.worker_of_replacement(host);
  if (next_worker != nullptr && is_unmade(host)) return dismiss_replacement(*next_worker);
  try {
    if ((next_worker != nullptr || parts_.hosts.worker_of(host) != nullptr) && launcher_.follow(host)) {
      if (next_worker != nullptr) return dismiss_replacement(*next_worker);
      preloader_.on_not_started(host, true);
      parts_.metrics.on_start_undone(host.number);
      return parts_.hosts.remove_from_rotation(host, RestartCause::kNone);
    }
  } catch (const ConfigError& no_host) {
    error.message += std::string("; ") + no_host.what();
  }
  on_start_failed(host, std::move(error), false);
}

// --- hosts that are lost

void Supervisor::on_lost(Host& host, RestartCause cause, Error error) {
  const bool had_worker = parts_.hosts.worker_of(host) != nullptr;
  parts_.hosts.remove_from_rotation(host, cause);
  if (!had_worker) return;
  update_policy();
  policy_.on_crash(parts_.reactor.now());
  last_error_ = std::move(error);
  publish_availability();
}

std::string Supervisor::describe_recovery() const {
  if (!needs_hosts()) return "";
  if (parts_.hosts.spares().has_ready() && policy_.is_closed()) return "; a spare takes its place";
  if (!policy_.is_open()) return "; it is replaced";
  return fmt::format("; it is not replaced for {:.1f} s", policy_.retry_after(parts_.reactor.now()));
}

std::optional<Error> Supervisor::unavailable() const {
  if (!policy_.is_open() || parts_.hosts.has_process()) return std::nullopt;
  const double retry_after = policy_.retry_after(parts_.reactor.now());
  if (retry_after <= 0) return std::nullopt;
  return pool_unavailable(last_error_, retry_after, has_started_);
}

// Responses since the last time count as a success in between.
void Supervisor::update_policy() {
  const std::uint64_t before = std::exchange(responses_, parts_.metrics.responses());
  if (responses_ > before) policy_.on_success();
}

// Callers are refused at once while it makes no sense to wait.
void Supervisor::publish_availability() {
  if (!policy_.is_open() || parts_.hosts.has_process()) return parts_.queue.set_unavailable(std::nullopt);
  const TimePoint now = parts_.reactor.now();
  parts_.queue.set_unavailable(
      AdmissionQueue::Unavailable{last_error_, now + seconds(policy_.retry_after(now)), has_started_});
}

}  // namespace provider_host::internal
