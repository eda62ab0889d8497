#pragma once

#include "pool/admission_queue.h"
#include "pool/call/call_settler.h"
#include "pool/call/call_state.h"
#include "pool/host/host.h"
#include "pool/phase.h"

namespace provider_host::internal {

/// Brings calls that a host has not begun back to the front of the queue, as if no host had ever had them:
///
///   host, begun        ── stays, and ends there
///   host, not begun    ──▶ front of the queue (or settled as shutting_down, once running calls are aborted)
///
/// Belongs to the reactor thread.
class CallRecall {
 public:
  /// A call is put back at most so often when hosts end before they begin it, although it is their turn.
  static constexpr int kMaxRedeliveries = 3;

  /// All outlive this.
  CallRecall(AdmissionQueue& queue, CallSettler& settler, const Phase& phase)
      : queue_(queue), settler_(settler), phase_(phase) {}

  /// Takes back the calls that the host has not begun, but for `kept` and those whose time is up, which are about to be
  /// abandoned. A call that was put back too often ends with its host. After an exception, again when the next
  /// iteration dispatches.
  void recall(Host& host, const CallState* kept = nullptr);
  /// The same for a host that has calls ahead of their turn; nothing for any other. Due when the call before them does
  /// not end as expected, and when the host is to end.
  void recall_line(Host& host, const CallState* kept = nullptr) {
    if (!host.line().empty()) recall(host, kept);
  }
  /// The same for a host that goes on: the call in flight stays there, and its time goes on. If it was taken back with
  /// the others it is sent again.
  void recall_behind(Host& host);
  /// Moves the call from its host, if any, back to the front of the queue.
  void requeue(Host* from, const CallPtr& call);

 private:
  AdmissionQueue& queue_;
  CallSettler& settler_;
  const Phase& phase_;
};

}  // namespace provider_host::internal
