#pragma once

#include "pool/host/host.h"
#include "pool/log_queue.h"

namespace provider_host::internal {

/// Stops hosts step by step (StopPlan), and waits for processes that they leave behind. Belongs to the reactor thread.
class HostStopper {
 public:
  /// `stop_grace` in seconds (PoolOptions). `log` outlives this.
  HostStopper(double stop_grace, LogQueue& log) : stop_grace_(stop_grace), log_(log) {}

  /// Stops the host by this plan, from its first step on.
  void stop(Host& host, StopPlan plan) {
    host.stop.plan = plan;
    step(host);
  }
  /// Runs the next step of the host's plan now; timers run the others. Does nothing once the host has exited.
  void step(Host& host);

  /// A host that ended by itself may leave processes that see the end of their pipes only now: the resource tracker of
  /// multiprocessing has to remove shared memory, `gzip` to write its last block. Returns whether the host is not to be
  /// reaped yet, so that its process group is not killed.
  [[nodiscard]] bool waits_for_group(Host& host);

 private:
  void report_slow_end(Host& host);

  const double stop_grace_;
  LogQueue& log_;
};

}  // namespace provider_host::internal
