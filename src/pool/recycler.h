#pragma once

#include <cstdint>

#include "pool/call/call_recall.h"
#include "pool/host/host.h"
#include "pool/host_leases.h"
#include "pool/host_set.h"
#include "pool/log_queue.h"
#include "pool/policy/jitter.h"
#include "pool/policy/memory_policy.h"
#include "pool/policy/restart_cause.h"
#include "pool/reactor/reactor.h"
#include "pool/reactor/timer.h"
#include "pool/supervisor.h"
#include "provider_host/options.h"

namespace provider_host::internal {

/// Replaces hosts that have served enough calls, have grown too large or are outdated (Reloader): the replacement
/// starts while the host still works, and takes over between two calls. Belongs to the reactor thread.
class Recycler {
 public:
  /// All outlive this.
  Recycler(const PoolOptions& options, Reactor& reactor, HostSet& hosts, HostLeases& leases, Supervisor& supervisor,
           CallRecall& recall, LogQueue& log);

  /// Each iteration: starts a replacement for every host that is due, and lets it take over when it is ready and no
  /// caller talks to the old one.
  void recycle();
  void on_ready(const Host& host);
  /// Checks the memory of all hosts, periodically until the pool stops.
  void watch_memory();

  /// How many calls callers may make with the host before is_due() is to be checked.
  [[nodiscard]] static std::uint64_t calls_until_due(const Host& host);

 private:
  void recycle(Worker& worker);
  void set_call_limit(Host& host);
  void raise_call_limit(Host& host) const;
  void start_replacement(Worker& worker);
  bool is_due(Host& host) const;
  static RestartCause cause_of(const HostService& service);
  void take_over(Worker& worker);

  const PoolOptions& options_;
  Reactor& reactor_;
  HostSet& hosts_;
  HostLeases& leases_;
  Supervisor& supervisor_;
  CallRecall& recall_;
  LogQueue& log_;
  Jitter jitter_;
  MemoryPolicy memory_policy_;
  Timer memory_timer_;
};

}  // namespace provider_host::internal
