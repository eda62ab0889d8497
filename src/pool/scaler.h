#pragma once

#include <cstdint>
#include <vector>

#include "pool/admission_queue.h"
#include "pool/host_leases.h"
#include "pool/host_set.h"
#include "pool/log_queue.h"
#include "pool/phase.h"
#include "pool/policy/retry_backoff.h"
#include "pool/policy/scaling_policy.h"
#include "pool/reactor/reactor.h"
#include "pool/reactor/timer.h"
#include "pool/supervisor.h"
#include "provider_host/options.h"

namespace provider_host::internal {

/// Decides which workers of an elastic pool have hosts (HostSet::want, HostSet::park), as the ScalingPolicy says. The
/// Supervisor starts those hosts. A pool of a fixed size never looks at anything. Belongs to the reactor thread.
class Scaler {
 public:
  /// All outlive this.
  struct Parts {
    const PoolOptions& options;
    Reactor& reactor;
    HostSet& hosts;
    HostLeases& leases;
    AdmissionQueue& queue;
    const RetryBackoff& retries;
    Supervisor& supervisor;
    LogQueue& log;
    const Phase& phase;
  };

  explicit Scaler(const Parts& parts);

  /// Each iteration, once calls have been dispatched: wants more hosts when those that are left justify that.
  void scale();

 private:
  /// What a host had been sent at the last look.
  struct Seen {
    int pid = 0;
    std::uint64_t sent = 0;
  };

  void grow();
  [[nodiscard]] ScalingPolicy::Demand demand() const;
  void want(int hosts);
  void look();
  bool is_at_work(Worker& worker);
  void stop(Worker& worker);

  const Parts parts_;
  ScalingPolicy policy_;
  Timer growth_timer_;
  Timer idle_timer_;
  std::vector<Seen> seen_;  // by worker
};

}  // namespace provider_host::internal
