#include "provider_host/stats.h"

#include <spdlog/fmt/fmt.h>

#include <ostream>

namespace provider_host {

std::ostream& operator<<(std::ostream& out, const PoolStats& stats) {
  out << fmt::format(
      "pool: {} hosts, {} queued, {} submitted, {} succeeded, {} failed, {} restarts, latency mean {:.3f} ms, max "
      "{:.3f} ms\n",
      stats.hosts.size(), stats.queued, stats.submitted, stats.succeeded, stats.failed, stats.restarts,
      stats.latency_mean_ms, stats.latency_max_ms);
  for (const auto& host : stats.hosts) {
    out << fmt::format("host {}: {}, pid {}, {} in flight, {} calls, {} restarts\n", host.number, host.state, host.pid,
                       host.in_flight, host.calls, host.restarts);
  }
  return out;
}

}  // namespace provider_host
