#pragma once

#include <optional>
#include <vector>

#include "pool/admission_queue.h"
#include "pool/call/call_queue.h"
#include "pool/call/call_settler.h"
#include "pool/crash_handler.h"
#include "pool/host_leases.h"
#include "pool/host_set.h"
#include "pool/log_queue.h"
#include "pool/metrics.h"
#include "pool/supervisor.h"
#include "pool/timeout_escalation.h"
#include "provider_host/options.h"

namespace provider_host::internal {

/// Brings queued calls to hosts, takes responses, and leaves idle hosts to callers. Which call goes where:
///
///  1. CallQueue says which call is next, and where: the oldest first, to the ready host with the fewest calls in
///  flight
///     that has capacity, but calls with an affinity key to the host of that key, one after the other.
///  2. As long as calls wait, callers get no idle hosts.
///  3. A host that a caller has leased, that has had as many calls as it may, that broke the protocol, that exited, or
///     that was asked to interrupt a call and has not done so, gets nothing.
///
/// Belongs to the reactor's thread.
class Dispatcher {
 public:
  /// All outlive this.
  struct Parts {
    const PoolOptions& options;
    HostSet& hosts;
    HostLeases& leases;
    AdmissionQueue& queue;
    Metrics& metrics;
    CallSettler& settler;
    TimeoutEscalation& escalation;
    CrashHandler& crashes;
    Supervisor& supervisor;
    LogQueue& log;
  };

  explicit Dispatcher(const Parts& parts) : parts_(parts) {}

  /// Whether callers may talk to idle hosts themselves.
  [[nodiscard]] static bool has_fast_path(const PoolOptions& options) {
    return options.concurrency == 1 && !options.capture;
  }

  /// Each iteration: queued calls to hosts with capacity; then hosts without calls to callers.
  void dispatch();
  void publish_idle_hosts();

  /// A response to a call that is in flight.
  void on_response(Host& host, const CallPtr& call, Outcome outcome);

  /// The call that is out of the queue, and not with its host yet, after a step that failed.
  [[nodiscard]] CallPtr in_transit() const { return assignment_ ? assignment_->call : nullptr; }

 private:
  std::optional<CallQueue::Assignment> next_assignment();
  void send(const CallQueue::Assignment& assignment);
  void report_affinity_loss(const CallQueue::Assignment& assignment);

  const Parts parts_;
  std::vector<CallQueue::Slot> slots_;
  std::optional<CallQueue::Assignment> assignment_;
};

}  // namespace provider_host::internal
