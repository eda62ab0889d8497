#pragma once

#include <functional>

#include "pool/host_set.h"
#include "pool/interrupt.h"
#include "pool/phase.h"
#include "pool/reactor/reactor.h"
#include "pool/reactor/timer.h"
#include "provider_host/stats.h"

namespace provider_host::internal {

/// Sends health probes to hosts, periodically and on demand; HealthProbe and Metrics have the results.
class HealthMonitor {
 public:
  /// `interval` in seconds; 0: probes are sent on demand only. All outlive this.
  HealthMonitor(double interval, Reactor& reactor, HostSet& hosts, const Phase& phase)
      : interval_(interval), reactor_(reactor), hosts_(hosts), phase_(phase), timer_(reactor.timers()) {}

  /// Probes all hosts, now and periodically. The reactor thread.
  void watch();

  /// Probes all hosts, waits at most `limit` seconds for their responses, then returns what `stats` returns. Any thread
  /// but the reactor's. Throws what `interrupted` throws.
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
