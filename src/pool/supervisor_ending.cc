// How the Supervisor ends hosts, one by one, for new code, or with the pool.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "pool/start_failure.h"
#include "pool/supervisor.h"

namespace provider_host::internal {

void Supervisor::retire(Host& host, StopPlan plan, RestartCause cause) {
  host.stop.plan = plan;
  parts_.hosts.remove_from_rotation(host, cause);
  parts_.recall.recall_line(host);
  if (!host.events.has_exited) stop_if_idle(host);
}

void Supervisor::reinstate(Host& host) {
  Worker& worker = parts_.hosts.worker_numbered(host.number);
  const bool is_ending = host.stop.timer.is_armed();
  const bool is_needed = !is_ending && worker.is_wanted && parts_.hosts.has_place_for(host) &&
                         !generations_.is_superseded(host.start.code);
  if (parts_.phase.is_stopping() || !is_needed) {
    const bool counts = !parts_.phase.is_stopping() && !host.place.is_stand_in;
    host.place.is_back = false;
    parts_.hosts.give_up(host, counts ? RestartCause::kUnresponsive : RestartCause::kNone);
    host.stop.plan = StopPlan::graceful(parts_.options.stop_grace);
    return stop_if_idle(host);
  }
  host.place.is_back = !parts_.hosts.withdraw(worker);
  if (host.place.is_back) return;
  if (worker.host != nullptr) relieve(*worker.host);
  parts_.hosts.reinstate(host);
  parts_.reactor.wake();
  update_policy();
  policy_.on_ready();
  publish_availability();
}

// The host that it stood in for is back.
void Supervisor::relieve(Host& stand_in) {
  stand_in.service.is_recycled = stand_in.is_ready();
  // One whose code was interrupted as well is ended by the TimeoutEscalation.
  retire(stand_in, stand_in.abandoned() > 0 ? StopPlan() : stop_plan_for(stand_in), RestartCause::kNone);
}

void Supervisor::drop_replacement(Worker& worker, const Error& error) {
  if (!generations_.on_failed(worker.replacement->start.code, error)) {  // else the Reloader tells of it
    log(LogLevel::kWarning, worker.number,
        "the replacement of a host that was to be recycled failed: " + error.message);
  }
  if (is_failed_fork(*worker.replacement)) preloader_.on_fork_failed();
  stop_replacement(worker, StopPlan::killing());
}

void Supervisor::dismiss_replacement(Worker& worker) { stop_replacement(worker, stop_plan_for(*worker.replacement)); }

void Supervisor::stop_replacement(Worker& worker, StopPlan plan) {
  stopper_.stop(parts_.hosts.dismiss_replacement(worker), plan);
}

void Supervisor::drop_spare(Host& spare, const Error& error) {
  const std::string what = spare.is_ready() ? "a spare was lost while it waited: " : "a spare failed to start: ";
  log(LogLevel::kWarning, spare.number, what + error.message);
  parts_.hosts.dismiss_spare(spare);
  parts_.hosts.spares().on_lost();
  if (is_failed_fork(spare)) preloader_.on_fork_failed();
  stopper_.stop(spare, StopPlan::killing());
}

std::optional<TimePoint> Supervisor::next_spare_start() const {
  if (!can_launch() || !is_healthy() || parts_.phase.is_closing() || parts_.hosts.missing() > 0) return std::nullopt;
  return policy_.next_start();
}

// --- the script's code

// With a template, hosts wait for the one of the new code.
void Supervisor::prepare_generation() {
  try {
    Host* const next = preloader_.start_next();
    if (next == nullptr) return generations_.on_prepared();
    next->start.code = generations_.newest();
    arm_start_timeout(*next);
  } catch (...) {
    generations_.on_failed(generations_.newest(), no_host_started());
  }
}

void Supervisor::on_template_exit(Host& host, const std::string& how) {
  if (preloader_.is_next(host)) {
    Error error;
    error.kind = ErrorKind::kImportFailed;
    error.message = to_valid_utf8(fmt::format("the template of the new code (pid {}) {}", host.pid(), how));
    generations_.on_failed(host.start.code, error);
  }
  preloader_.on_exit(host, how);
}

void Supervisor::begin_generation(Launcher::Program program) {
  launcher_.use(std::move(program));
  generations_.begin();
  prepare_generation();
  update_policy();
  policy_.on_new_code();
  publish_availability();
}

void Supervisor::dismiss_spares_before(int generation) {
  while (Host* const spare = parts_.hosts.spares().find_before(generation)) {
    parts_.hosts.dismiss_spare(*spare);
    retire(*spare, stop_plan_for(*spare), RestartCause::kNone);
  }
}

double Supervisor::final_grace() const { return std::min(parts_.options.interrupt_grace, parts_.options.stop_grace); }

StopPlan Supervisor::stop_plan_for(const Host& host) const {
  if (!host.is_ready()) return StopPlan::killing();
  if (host.abandoned() > 0) return StopPlan::forced(final_grace());
  return StopPlan::graceful(parts_.options.stop_grace);
}

void Supervisor::stop_all() {
  dismiss_spares_before(generations_.newest() + 1);  // all
  for (Worker& worker : parts_.hosts.workers()) {
    if (worker.replacement != nullptr) {
      Host& replacement = parts_.hosts.dismiss_replacement(worker);
      retire(replacement, stop_plan_for(replacement), RestartCause::kNone);
    }
    if (worker.host != nullptr) retire(*worker.host, stop_plan_for(*worker.host), RestartCause::kNone);
  }
  preloader_.stop_all();
}

}  // namespace provider_host::internal
