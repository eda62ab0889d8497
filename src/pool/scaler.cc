#include "pool/scaler.h"

#include <spdlog/fmt/fmt.h>

#include <cstddef>

#include "pool/host/stop_plan.h"

namespace provider_host::internal {

Scaler::Scaler(const Parts& parts)
    : parts_(parts),
      policy_(parts.options.workers, parts.options.concurrency, parts.options.idle_timeout),
      growth_timer_(parts.reactor.timers()),
      idle_timer_(parts.reactor.timers()),
      seen_(static_cast<std::size_t>(parts.options.workers.max)) {
  for (const Worker& worker : parts.hosts.workers()) policy_.on_use(worker.number, parts.reactor.now());
}

void Scaler::scale() {
  if (policy_.is_fixed() || !parts_.supervisor.needs_hosts()) return;
  grow();
  if (idle_timer_.is_armed()) return;
  if (const auto interval = policy_.look_interval(parts_.hosts.wanted())) {
    idle_timer_.arm_after(*interval, [this] { look(); });
  }
}

// --- growing

void Scaler::grow() {
  const int hosts = parts_.hosts.wanted();
  if (hosts > 0 && growth_timer_.is_armed()) return;  // it makes for an iteration
  if (parts_.queue.empty()) return;
  // A script whose import is not known to succeed, or that crashes again and again, gets no more hosts for that.
  if (hosts > 0 && !parts_.supervisor.is_healthy()) return;
  const TimePoint now = parts_.reactor.now();
  const auto since = hosts == 0 ? now : parts_.queue.waiting_since();
  const auto at = since ? policy_.growth_at(hosts, *since) : std::nullopt;
  if (!at) return;
  if (*at > now) return growth_timer_.arm(*at, [] {});
  want(policy_.grown(hosts, demand()));
  if (parts_.hosts.wanted() < parts_.options.workers.max) {
    growth_timer_.arm_after(ScalingPolicy::kPatience, [] {});
  }
}

ScalingPolicy::Demand Scaler::demand() const {
  ScalingPolicy::Demand demand{.running = parts_.leases.leased() + parts_.retries.size()};
  std::vector<int> pids;
  for (const Worker& worker : parts_.hosts.workers()) {
    if (worker.host == nullptr) continue;
    pids.push_back(worker.host->pid());
    demand.running += static_cast<std::size_t>(parts_.hosts.load_of(worker));
  }
  const auto most =
      static_cast<std::size_t>(parts_.options.workers.max) * static_cast<std::size_t>(parts_.options.concurrency);
  demand.waiting = parts_.queue.startable(pids, most);
  return demand;
}

void Scaler::want(int hosts) {
  for (Worker& worker : parts_.hosts.workers()) {
    if (parts_.hosts.wanted() >= hosts) return;
    if (worker.is_wanted) continue;
    parts_.hosts.want(worker);
    policy_.on_use(worker.number, parts_.reactor.now());
    parts_.reactor.wake();  // the next iteration starts its host
  }
}

// --- shrinking

void Scaler::look() {
  if (parts_.phase.is_closing()) return;
  std::vector<int> idle;
  for (Worker& worker : parts_.hosts.workers()) {
    if (!worker.is_wanted) continue;
    if (is_at_work(worker)) {
      policy_.on_use(worker.number, parts_.reactor.now());
    } else {
      idle.push_back(worker.number);
    }
  }
  for (const int number : policy_.surplus(std::move(idle), parts_.hosts.wanted(), parts_.reactor.now())) {
    stop(parts_.hosts.worker_numbered(number));
  }
}

// Now, or since the last look. A host that starts is there for calls that wait.
bool Scaler::is_at_work(Worker& worker) {
  const Host* const host = worker.host.get();
  if (host == nullptr) return false;
  Seen& seen = seen_.at(static_cast<std::size_t>(worker.number - 1));
  const std::uint64_t sent = host->channel().sent();
  const bool is_new = std::exchange(seen.pid, host->pid()) != host->pid();
  const bool was_used = std::exchange(seen.sent, sent) != sent;
  return is_new || was_used || !host->is_usable() || worker.replacement != nullptr || host->has_calls() ||
         parts_.hosts.load_of(worker) > 0 || parts_.leases.is_leased(worker.number);
}

// Its channel is taken from the callers first, so none has a call on its way to it.
void Scaler::stop(Worker& worker) {
  if (worker.host != nullptr) {
    if (!parts_.leases.withdraw(worker.number)) return;  // a caller was quicker
    parts_.log.post({LogLevel::kDebug, worker.number, "pool",
                     fmt::format("stopped, as it had no calls for {:.1f} s", parts_.options.idle_timeout)});
    parts_.supervisor.retire(*worker.host, StopPlan::graceful(parts_.options.stop_grace), RestartCause::kNone);
  }
  parts_.hosts.park(worker);
}

}  // namespace provider_host::internal
