#pragma once

#include <optional>

#include "pool/admission_queue.h"
#include "pool/call/call_recall.h"
#include "pool/call/call_termination.h"
#include "pool/dispatcher.h"
#include "pool/host_leases.h"
#include "pool/host_set.h"
#include "pool/phase.h"
#include "pool/policy/retry_backoff.h"
#include "pool/reactor/clock.h"
#include "pool/reactor/reactor.h"
#include "pool/reactor/timer.h"
#include "pool/supervisor.h"
#include "pool/timeout_escalation.h"

namespace provider_host::internal {

/// Shuts a pool down (Phase): drains running calls, then aborts them; once no call is left, stops the hosts. A stream
/// whose reader takes nothing is aborted during the drain: nobody may be there to read it. Belongs to the reactor's
/// thread.
class Shutdown {
 public:
  /// All outlive this.
  struct Parts {
    Phase& phase;
    AdmissionQueue& queue;
    RetryBackoff& retries;
    HostSet& hosts;
    HostLeases& leases;
    Dispatcher& dispatcher;
    Supervisor& supervisor;
    TimeoutEscalation& escalation;
    CallTermination& termination;
    CallRecall& recall;
    Reactor& reactor;
  };

  explicit Shutdown(const Parts& parts) : parts_(parts), streams_timer_(parts.reactor.timers()) {}

  /// Each iteration: aborts running calls when the drain is over.
  void abort_if_due(TimePoint now);
  /// Each iteration: stops the hosts once no call is left.
  void stop_if_drained();
  /// Whether all hosts have ended.
  [[nodiscard]] bool is_done() const { return parts_.phase.is_stopping() && parts_.hosts.is_empty(); }

 private:
  void abort_running();
  void watch_streams();
  void abort_unread_streams();
  [[nodiscard]] bool is_drained();

  const Parts parts_;
  Timer streams_timer_;
};

}  // namespace provider_host::internal
