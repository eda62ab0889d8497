#pragma once

#include "pool/host_set.h"
#include "pool/log_queue.h"
#include "pool/policy/spare_backoff.h"
#include "pool/reactor/reactor.h"
#include "pool/reactor/timer.h"
#include "pool/supervisor.h"
#include "provider_host/options.h"

namespace provider_host::internal {

/// Keeps as many spares as the options say, as far as the workers leave room for that. Who uses them are the
/// Supervisor, for a worker without a host, and the Recycler. Belongs to the reactor thread.
class SpareKeeper {
 public:
  /// All outlive this.
  SpareKeeper(const PoolOptions& options, Reactor& reactor, HostSet& hosts, Supervisor& supervisor, LogQueue& log);

  /// Each iteration: starts those that are missing.
  void refill();

 private:
  void observe();
  void start_one();

  const PoolOptions& options_;
  Reactor& reactor_;
  HostSet& hosts_;
  Supervisor& supervisor_;
  LogQueue& log_;
  SpareBackoff backoff_;
  Timer timer_;
  int losses_ = 0;  // that the backoff knows of
  int uses_ = 0;
};

}  // namespace provider_host::internal
