#include "pool/metrics.h"

#include <utility>

#include "pool/reactor/clock.h"

namespace provider_host::internal {

void Metrics::on_submitted(std::size_t calls) {
  const MutexLock lock(mutex_);
  counters_.on_submitted(calls);
}

void Metrics::on_settled(const CallState& call, const Outcome& outcome) {
  const MutexLock lock(mutex_);
  count(call, outcome);
}

void Metrics::on_response(const CallState& call, const Outcome& outcome) {
  const MutexLock lock(mutex_);
  count(call, outcome);
  ++responses_;
  ++worker(call.host).responses;
}

void Metrics::on_leased(const CallState& call) {
  const MutexLock lock(mutex_);
  counters_.on_submitted();
  worker(call.host).in_flight = 1;
}

void Metrics::on_released(const CallState& call, const Outcome& outcome) {
  const MutexLock lock(mutex_);
  count(call, outcome);
  ++responses_;
  ++worker(call.host).responses;
  worker(call.host).in_flight = 0;
}

void Metrics::on_refused(const CallState& call, const Outcome& outcome) {
  const MutexLock lock(mutex_);
  counters_.on_submitted();
  count(call, outcome);
}

void Metrics::count(const CallState& call, const Outcome& outcome) {
  if (outcome) {
    counters_.on_succeeded();
  } else {
    counters_.on_failed(outcome.error().kind);
  }
  if (call.started == TimePoint{}) return;
  counters_.on_times(outcome.ok(), to_seconds(call.started - call.submitted) * 1000, outcome.latency_ms);
}

void Metrics::on_affinity_lost() {
  const MutexLock lock(mutex_);
  counters_.on_affinity_lost();
}

void Metrics::set_process(int number, Process process) {
  const MutexLock lock(mutex_);
  std::swap(worker(number).process, process);
}

void Metrics::set_in_flight(int number, int calls) {
  const MutexLock lock(mutex_);
  worker(number).in_flight = calls;
}

void Metrics::on_start(int number) {
  const MutexLock lock(mutex_);
  ++worker(number).starts;
}

void Metrics::on_start_undone(int number) {
  const MutexLock lock(mutex_);
  --worker(number).starts;
}

void Metrics::set_parked(int number, bool is_parked) {
  const MutexLock lock(mutex_);
  Worker& its = worker(number);
  its.is_parked = is_parked;
  its.earlier = its.restarts();
  its.starts = 0;
}

void Metrics::on_restart(RestartCause cause) {
  const MutexLock lock(mutex_);
  counters_.on_restart(cause);
}

void Metrics::on_replaced(int number, RestartCause cause) {
  const MutexLock lock(mutex_);
  counters_.on_restart(cause);
  ++worker(number).earlier;
}

void Metrics::on_ready_after_crash(double ms) {
  const MutexLock lock(mutex_);
  counters_.on_ready_after_crash(ms);
}

void Metrics::set_spares(std::size_t spares) {
  const MutexLock lock(mutex_);
  spares_ = spares;
}

std::uint64_t Metrics::responses() const {
  const MutexLock lock(mutex_);
  return responses_;
}

PoolStats Metrics::stats(bool is_closing) const {
  const MutexLock lock(mutex_);
  PoolStats stats = counters_.stats();
  stats.spares = spares_;
  int number = 0;
  for (const Worker& worker : workers_) {
    const auto& [probe, pid, is_ready] = worker.process;
    HostStats host;
    host.number = ++number;
    stats.restarts += worker.restarts();
    if (worker.is_parked) continue;
    host.pid = pid;
    host.state = probe == nullptr ? "down" : is_closing ? "stopping" : is_ready ? "ready" : "starting";
    host.in_flight = worker.in_flight;
    if (probe != nullptr) stats.queued += probe->calls_ahead();
    host.calls = worker.responses;
    host.restarts = worker.restarts();
    if (probe != nullptr) host.health = probe->health(Clock::now());
    if (probe != nullptr && !is_ready) host.health.process = "starting";
    stats.hosts.push_back(std::move(host));
  }
  return stats;
}

}  // namespace provider_host::internal
