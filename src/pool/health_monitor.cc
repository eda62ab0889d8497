#include "pool/health_monitor.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

namespace provider_host::internal {
namespace {

// Whether a probe has not come back yet.
bool is_open(const HostStats& host) {
  const HostHealth& health = host.health;
  return health.process == "silent" || (health.gil_ms && !health.gil_taken) || (health.loop_ms && !health.loop_turned);
}

}  // namespace

void HealthMonitor::watch() {
  if (interval_ <= 0) return;
  probe_all();
  timer_.arm_after(interval_, [this] { watch(); });
}

void HealthMonitor::probe_all() {
  for (const Worker& worker : hosts_.workers()) {
    if (worker.is_ready()) worker.host->probe();
  }
}

PoolStats HealthMonitor::check(double limit, const Interrupted& interrupted, const std::function<PoolStats()>& stats) {
  constexpr auto kPoll = std::chrono::milliseconds(1);
  const TimePoint until = Clock::now() + seconds(limit);
  const auto are_asked = std::make_shared<std::atomic<bool>>(false);
  reactor_.post([this, are_asked] {
    probe_all();
    *are_asked = true;
  });
  TimePoint ask_at = Clock::now();
  while (true) {
    const bool is_asked = *are_asked || phase_.is_closing();
    PoolStats now = stats();
    const TimePoint time = Clock::now();
    if (time >= until || (is_asked && std::ranges::none_of(now.hosts, is_open))) return now;
    if (interrupted && time >= ask_at) {
      if (interrupted()) return now;
      ask_at = time + seconds(kInterruptInterval);
    }
    std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace provider_host::internal
