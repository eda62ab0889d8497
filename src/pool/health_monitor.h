#pragma once

#include <functional>

#include "pool/host_set.h"
#include "pool/interrupt.h"
#include "pool/phase.h"
#include "pool/reactor/reactor.h"
#include "pool/reactor/timer.h"
#include "provider_host/stats.h"

namespace provider_host::internal {

/// Asks hosts how they are; HealthProbe and Metrics say what came of it.
class HealthMonitor {
 public:
  /// `interval` in seconds; 0: hosts are asked on demand only. All outlive this.
  HealthMonitor(double interval, Reactor& reactor, HostSet& hosts, const Phase& phase)
      : interval_(interval), reactor_(reactor), hosts_(hosts), phase_(phase), timer_(reactor.timers()) {}

  /// Asks all hosts, now and then again. The reactor's thread.
  void watch();

  /// Asks all hosts and waits at most `limit` seconds for their responses; then what `stats` says. Any thread but the
  /// reactor's. Throws what `interrupted` throws.
  PoolStats check(double limit, const Interrupted& interrupted, const std::function<PoolStats()>& stats);

 private:
  void probe_all();

  const double interval_;
  Reactor& reactor_;
  HostSet& hosts_;
  const Phase& phase_;
  Timer timer_;
};

}  // namespace provider_host::internal
