#include "pool/call/transferred_calls.h"

#include <utility>

#include "pool/call/failure.h"

namespace provider_host::internal {

using Unfinished = HostLeases::Unfinished;

void TransferredCalls::adopt(CallTermination& termination) {
  while (auto returned = parts_.leases.first_returned()) {
    Worker& worker = parts_.hosts.worker_numbered(returned->worker);
    parts_.hosts.on_change(worker);
    if (returned->transfer) {
      adopt(worker, std::move(*returned->transfer), termination);
    } else {
      parts_.leases.accept(worker.number);
    }
  }
}

// What is to be done about the call is done at once, before what the host has done meanwhile; the timer is for a step
// that fails.
void TransferredCalls::adopt(Worker& worker, HostLeases::Transfer transfer, CallTermination& termination) {
  Host& host = *worker.host;
  const CallPtr call = transfer.call;
  const bool is_closed = call->items != nullptr && call->items->is_closed();
  const Unfinished how = is_closed && transfer.how == Unfinished::kLeft ? Unfinished::kInterrupted : transfer.how;
  const bool is_aborting = parts_.phase.is_aborting();
  const bool is_to_end = is_aborting || how == Unfinished::kTimeUp || how == Unfinished::kInterrupted;
  Timer limit(parts_.reactor.timers());
  if (how == Unfinished::kLeft || (is_to_end && !is_aborting)) host.watch_calls(true);
  if (is_to_end) limit.arm_after(0, [this, &termination, call, how] { end(call, how, termination); });
  if (!is_to_end && how == Unfinished::kLeft) limit = parts_.escalation.limit_of(call);
  host.adopt(call, std::move(limit));
  if (!is_aborting && (how == Unfinished::kViolation || how == Unfinished::kNoMemory)) {
    host.record_violation(std::move(transfer.violation));
  } else if (!is_aborting && how == Unfinished::kEnded) {
    host.record_channel_end();
  }
  parts_.leases.accept(worker.number);
  worker.published_load = 1;
  ++adopted_;
  if (call->items != nullptr) host.read_watched_calls();  // also what its reader has left in the decoder
  if (is_to_end) end(call, how, termination);
}

void TransferredCalls::end(const CallPtr& call, Unfinished how, CallTermination& termination) {
  Host* const host = parts_.hosts.host_of(*call);
  if (host != nullptr && parts_.phase.is_aborting()) return parts_.escalation.abandon(*host, call, shutting_down());
  if (how == Unfinished::kInterrupted) return termination.cancel(call);
  parts_.escalation.begin(call);
}

}  // namespace provider_host::internal
