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

/// Sends queued calls to hosts, settles responses, and publishes idle hosts for callers. Which call goes where:
///
///  1. CallQueue selects the next call and its host: the oldest call first, to the ready host with the fewest calls in
///     flight that has capacity. Calls with an affinity key go to the host of that key, one after the other.
///  2. While calls are queued, idle hosts are not published.
///  3. No calls go to a host that is leased, has reached its call limit, broke the protocol, exited, or has not yet
///  ended
///     a call that it was asked to interrupt.
///
/// Belongs to the reactor thread.
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

  /// Each iteration: dispatch() sends queued calls, then publish_idle_hosts().
  void dispatch();
  void publish_idle_hosts();

  /// A response to a call that is in flight.
  void on_response(Host& host, const CallPtr& call, Outcome outcome);

  /// The call that has left the queue and is not sent yet, after a step that threw.
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
