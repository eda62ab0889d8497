// How well the hosts are: asked on the pool's thread, answered through the black box, looked at from any thread.
#include <algorithm>
#include <thread>

#include "pool/pool_core.h"
#include "process/process_state.h"

namespace provider_host::internal {

void PoolCore::probe_hosts() {
  if (options_.health_interval <= 0) return;
  for (const Slot& slot : slots_) {
    if (slot.process != nullptr && slot.process->ready) slot.process->probe();
  }
  if (!stopping_) timers_.add(Clock::now() + seconds(options_.health_interval), [this] { probe_hosts(); });
}

HostHealth PoolCore::health_of(const Slot& slot) const {
  if (slot.process == nullptr) return {};
  HostHealth health = slot.process->health(Clock::now());
  if (!slot.ready) health.process = "starting";
  return health;
}

// What the kernel knows of it. Without the lock: reading /proc takes its time.
void PoolCore::look_at_process(HostStats& host) {
  if (host.pid == 0) return;
  if (process::is_stopped(host.pid)) host.health.process = "stopped";
  host.rss = process::resident_bytes(host.pid).value_or(0);
}

PoolStats PoolCore::check_health(double limit, const Interrupted& interrupted) {
  prepare_to_wait();
  const TimePoint until = Clock::now() + seconds(limit);
  std::uint64_t wanted = 0;
  {
    const std::lock_guard lock(mutex_);
    wanted = health_checks_ + 1;
  }
  post([this] {
    for (const Slot& slot : slots_) {
      if (slot.process != nullptr && slot.process->ready) slot.process->probe();
    }
    const std::lock_guard lock(mutex_);
    ++health_checks_;
    changed_.notify_all();
  });
  {
    std::unique_lock lock(mutex_);  // the pool's thread is never busy for long
    changed_.wait_until(lock, until, [&] { return closing_ || health_checks_ >= wanted; });
  }
  auto is_open = [](const HostStats& host) {
    const HostHealth& health = host.health;
    return health.process == "silent" || (health.gil_ms && !health.gil_taken) ||
           (health.loop_ms && !health.loop_turned);
  };
  TimePoint ask_at = Clock::now();
  while (true) {
    PoolStats stats = this->stats();
    const TimePoint now = Clock::now();
    if (now >= until || std::ranges::none_of(stats.hosts, is_open)) return stats;
    if (interrupted && now >= ask_at) {
      if (interrupted()) return stats;
      ask_at = now + seconds(kInterruptInterval);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace provider_host::internal
