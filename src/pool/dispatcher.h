#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "pool/admission_queue.h"
#include "pool/call/call_queue.h"
#include "pool/call/call_recall.h"
#include "pool/call/call_settler.h"
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
///  2. A host that runs one call at a time may get the next ones ahead of their turn, as many as its CallWindow says,
///     once no ready host is idle. A call that runs too long has those behind it taken back (CallRecall).
///  3. While calls are queued, idle hosts are not published.
///  4. No calls go to a host that is leased, has reached its call limit, broke the protocol, exited, or has not yet
///     ended a call that it was asked to interrupt.
///
/// Belongs to the reactor thread.
class Dispatcher {
 public:
  /// All outlive this.
  struct Parts {
    const PoolOptions& options;
    Reactor& reactor;
    HostSet& hosts;
    HostLeases& leases;
    AdmissionQueue& queue;
    Metrics& metrics;
    CallSettler& settler;
    TimeoutEscalation& escalation;
    CallRecall& recall;
    Supervisor& supervisor;
    LogQueue& log;
  };

  explicit Dispatcher(const Parts& parts);

  /// Whether callers may talk to idle hosts themselves.
  [[nodiscard]] static bool has_fast_path(const PoolOptions& options) {
    return options.concurrency == 1 && !options.capture;
  }

  /// Each iteration: dispatch() sends queued calls, then publish_idle_hosts().
  void dispatch();
  void publish_idle_hosts();

  /// See Host::Listener::on_turn.
  void begin_next(Host& host);
  /// How long the reactor may rest: hosts that have calls ahead of their turn need nothing meanwhile.
  [[nodiscard]] Clock::duration rest() const;
  /// An item of a stream that is in flight; `payload` is the size of its message.
  void on_item(const CallPtr& call, std::string_view json, std::size_t payload);
  /// A response to a call that is in flight.
  void on_response(Host& host, const CallPtr& call, Outcome outcome);

  /// The call that has left the queue and is not sent yet, after a step that threw.
  [[nodiscard]] CallPtr in_transit() const { return assignment_ ? assignment_->call : nullptr; }

 private:
  void advance(Host& host);
  static void learn(Host& host);
  void assign_all();
  void list_slots();
  CallQueue::Slot slot_of(Worker& worker);
  [[nodiscard]] static bool is_slow(const Host& host);
  [[nodiscard]] bool has_room_in_line(const Host& host) const;
  std::optional<CallQueue::Assignment> next_assignment();
  void send(const CallQueue::Assignment& assignment);
  void line_up(Host& host, const CallPtr& call);
  void check_soon();
  void check_lines();
  void report_affinity_loss(const CallQueue::Assignment& assignment, int worker);

  const Parts parts_;
  Timer line_timer_;
  double line_check_;  // seconds until it is due, when it is armed
  const std::size_t processors_ = std::max(2U, std::thread::hardware_concurrency());
  std::vector<CallQueue::Slot> slots_;
  std::size_t busy_ = 0;  // of slots_
  std::optional<CallQueue::Assignment> assignment_;
};

}  // namespace provider_host::internal
