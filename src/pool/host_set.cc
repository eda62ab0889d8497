#include "pool/host_set.h"

#include <algorithm>
#include <utility>

namespace provider_host::internal {

HostSet::HostSet(std::size_t workers, std::size_t wanted, HostLeases& leases, Metrics& metrics)
    : leases_(leases),
      metrics_(metrics),
      workers_(workers),
      spares_(workers, metrics),
      wanted_(wanted),
      missing_(wanted) {
  changed_.reserve(workers);
  int number = 0;
  for (Worker& worker : workers_) {
    worker.number = ++number;
    worker.is_wanted = static_cast<std::size_t>(number) <= wanted;
    if (worker.is_wanted) on_change(worker);
    if (!worker.is_wanted) metrics.set_parked(number, true);
  }
}

Worker* HostSet::worker_of(const Host& host) {
  if (!is_of_worker(host)) return nullptr;
  Worker& worker = worker_numbered(host.number);
  return worker.host.get() == &host ? &worker : nullptr;
}

Worker* HostSet::worker_of_replacement(const Host& host) {
  if (!is_of_worker(host)) return nullptr;
  Worker& worker = worker_numbered(host.number);
  return worker.replacement.get() == &host ? &worker : nullptr;
}

Host* HostSet::host_of(const CallState& call) {
  for (const Worker& worker : workers_) {
    if (worker.host != nullptr && worker.host->has(call)) return worker.host.get();
  }
  const auto host = std::ranges::find_if(retiring_, [&](const auto& each) { return each->has(call); });
  return host == retiring_.end() ? nullptr : host->get();
}

Host* HostSet::importing() const {
  Host* oldest = nullptr;
  for (const Worker& worker : workers_) {
    if (worker.is_ready()) return nullptr;
    Host* const host = worker.host.get();
    if (host == nullptr) continue;
    if (oldest == nullptr || host->start.spawned_at < oldest->start.spawned_at) oldest = host;
  }
  return oldest;
}

bool HostSet::is_template(const Host& host) const {
  return host.start.origin == HostStart::Origin::kTemplate &&
         std::ranges::any_of(templates_, [&](const auto& each) { return each.get() == &host; });
}

bool HostSet::has_other_than_templates() const {
  return !retiring_.empty() || !spares_.empty() || std::ranges::any_of(workers_, [](const Worker& worker) {
    return worker.host != nullptr || worker.replacement != nullptr;
  });
}

void HostSet::on_change(const Host& host) noexcept {
  if (is_of_worker(host)) return on_change(worker_numbered(host.number));
  spares_.on_change();
}

int HostSet::load_of(const Worker& worker) const {
  int load = worker.host != nullptr ? worker.host->load() : 0;
  for (const auto& host : retiring_) {
    if (host->number == worker.number && host->service.is_recycled) load += static_cast<int>(host->in_flight().size());
  }
  return load;
}

void HostSet::want(Worker& worker) {
  worker.is_wanted = true;
  ++wanted_;
  ++missing_;
  on_change(worker);
  metrics_.set_parked(worker.number, false);
}

void HostSet::park(Worker& worker) {
  worker.is_wanted = false;
  worker.crashed_at.reset();
  worker.has_lost_replacement = false;
  worker.is_kept = false;
  --wanted_;
  --missing_;
  metrics_.set_parked(worker.number, true);
}

void HostSet::install(Worker& worker, std::unique_ptr<Host> host) {
  worker.host = std::move(host);
  worker.host->place.is_stand_in = worker.away > 0;
  --missing_;
  on_change(worker);
  if (!std::exchange(worker.is_kept, false)) metrics_.on_start(worker.number);
  publish_load(worker);
  show(worker);
}

void HostSet::on_ready(Worker& worker) {
  on_change(worker);
  if (const auto crashed_at = std::exchange(worker.crashed_at, std::nullopt)) {
    metrics_.on_ready_after_crash(to_seconds(worker.host->start.ready_at - *crashed_at) * 1000);
  }
  show(worker);
}

void HostSet::remove_from_rotation(Host& host, RestartCause cause) {
  Worker* const worker = worker_of(host);
  if (worker == nullptr) return;
  retiring_.reserve(retiring_.size() + 1);
  leases_.withdraw(worker->number);
  retiring_.push_back(std::move(worker->host));
  worker->host = std::move(worker->replacement);
  if (worker->host == nullptr) ++missing_;
  on_change(*worker);
  metrics_.on_restart(cause);
  if (worker->host != nullptr) metrics_.on_start(worker->number);
  publish_load(*worker);
  if (cause == RestartCause::kCrash && worker->is_ready()) metrics_.on_ready_after_crash(0);
  if (cause == RestartCause::kCrash && !worker->is_ready()) worker->crashed_at = host.now();
  show(*worker);
}

void HostSet::send_away(Host& host) {
  Worker* const worker = worker_of(host);
  if (worker == nullptr) return;
  if (worker->replacement != nullptr) return remove_from_rotation(host, RestartCause::kUnresponsive);
  remove_from_rotation(host, RestartCause::kNone);
  host.place.is_away = true;
  ++worker->away;
  worker->is_kept = true;
}

bool HostSet::has_place_for(const Host& host) {
  const Worker& worker = worker_numbered(host.number);
  if (worker.host == nullptr) return true;
  if (worker.replacement != nullptr) return false;
  return !worker.host->is_ready() || (host.place.is_away && worker.host->place.is_stand_in);
}

void HostSet::reinstate(Host& host) {
  Worker& worker = worker_numbered(host.number);
  if (std::exchange(host.place.is_away, false)) --worker.away;
  host.place.is_back = false;
  worker.is_kept = false;
  const auto retired = std::ranges::find(retiring_, &host, [](const auto& each) { return each.get(); });
  worker.host = std::move(*retired);
  --missing_;
  on_change(worker);
  retiring_.erase(retired);
  publish_load(worker);
  show(worker);
}

void HostSet::give_up(Host& host, RestartCause cause) {
  if (!std::exchange(host.place.is_away, false)) return;
  Worker& worker = worker_numbered(host.number);
  if (cause != RestartCause::kNone) metrics_.on_replaced(worker.number, cause);
  if (--worker.away == 0 && worker.host != nullptr) worker.host->place.is_stand_in = false;
}

Host& HostSet::dismiss_replacement(Worker& worker) {
  retiring_.push_back(std::move(worker.replacement));
  worker.has_lost_replacement = true;
  on_change(worker);
  return *retiring_.back();
}

void HostSet::make_template(Worker& worker) {
  templates_.reserve(templates_.size() + 1);
  templates_.push_back(std::move(worker.host));
  ++missing_;
  on_change(worker);
  metrics_.on_start_undone(worker.number);
  show(worker);
}

void HostSet::dismiss_spare(const Host& spare) {
  retiring_.reserve(retiring_.size() + 1);
  retiring_.push_back(spares_.remove(spare));
}

void HostSet::publish_load(Worker& worker) {
  const int load = load_of(worker);
  if (load != std::exchange(worker.published_load, load)) metrics_.set_in_flight(worker.number, load);
}

void HostSet::destroy_reaped() {
  const auto is_reaped = [](const auto& host) { return host->events.is_reaped; };
  if (!retiring_.empty()) std::erase_if(retiring_, is_reaped);
  if (!templates_.empty()) std::erase_if(templates_, is_reaped);
}

void HostSet::show(const Worker& worker) {
  if (worker.host == nullptr) return metrics_.set_process(worker.number, {});
  metrics_.set_process(worker.number, {worker.host->health_probe(), worker.host->pid(), worker.host->is_ready()});
}

}  // namespace provider_host::internal
