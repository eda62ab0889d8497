#pragma once

#include "pool/host/host.h"
#include "pool/log_queue.h"

namespace provider_host::internal {

/// Ends hosts step by step (StopPlan), and waits for what they leave behind. Belongs to the reactor's thread.
class HostStopper {
 public:
  /// `stop_grace` in seconds (PoolOptions). `log` outlives this.
  HostStopper(double stop_grace, LogQueue& log) : stop_grace_(stop_grace), log_(log) {}

  /// The next step of the host's plan, now; the others follow by themselves. Does nothing once it has exited.
  void step(Host& host);

  /// A host that exited in peace may leave processes that see the end of their pipes only now: the resource tracker of
  /// multiprocessing has to remove shared memory, `gzip` to write its last block. Returns whether it is too early to
  /// reap the host.
  [[nodiscard]] bool waits_for_group(Host& host);

 private:
  void report_slow_end(Host& host);

  const double stop_grace_;
  LogQueue& log_;
};

}  // namespace provider_host::internal
