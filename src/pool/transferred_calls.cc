#include "pool/transferred_calls.h"

#include <utility>

#include "pool/failure.h"

namespace provider_host::internal {

using Unfinished = HostLeases::Unfinished;

void TransferredCalls::adopt(CallTermination& termination) {
  for (Worker& worker : parts_.hosts.workers()) {
    if (auto transfer = parts_.leases.transferred(worker.number)) adopt(worker, std::move(*transfer), termination);
  }
}

// What is to be done about the call follows by itself.
void TransferredCalls::adopt(Worker& worker, HostLeases::Transfer transfer, CallTermination& termination) {
  Host& host = *worker.host;
  const CallPtr call = transfer.call;
  const Unfinished how = transfer.how;
  const bool is_aborting = parts_.phase.is_aborting();
  Timer limit(parts_.reactor.timers());
  if (is_aborting || how == Unfinished::kTimeUp || how == Unfinished::kInterrupted) {
    if (!is_aborting) host.watch_calls(true);
    limit.arm(Clock::now(), [this, &termination, call, how] {
      Host* const still = parts_.hosts.host_of(*call);
      if (still != nullptr && parts_.phase.is_aborting()) {
        parts_.escalation.abandon(*still, call, shutting_down());
      } else if (how == Unfinished::kInterrupted) {
        termination.cancel(call);
      } else {
        parts_.escalation.begin(call);
      }
    });
  } else if (how == Unfinished::kLeft) {
    host.watch_calls(true);
    limit = parts_.escalation.limit_of(call);
  }
  host.adopt(call, std::move(limit));
  if (!is_aborting && (how == Unfinished::kViolation || how == Unfinished::kNoMemory)) {
    host.note_violation(std::move(transfer.violation));
  } else if (!is_aborting && how == Unfinished::kEnded) {
    host.events.is_broken = true;
    host.events.channel_end = !host.events.violation;  // a violation cut the channel itself
  }
  parts_.leases.accept(worker.number);
  worker.shown_load = 1;
  ++adopted_;
}

}  // namespace provider_host::internal
