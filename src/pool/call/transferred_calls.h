#pragma once

#include "pool/call/call_termination.h"
#include "pool/host_leases.h"
#include "pool/host_set.h"
#include "pool/phase.h"
#include "pool/reactor/reactor.h"
#include "pool/timeout_escalation.h"

namespace provider_host::internal {

/// Goes on with the calls that their callers could not settle (FastPath). Belongs to the reactor thread.
class TransferredCalls {
 public:
  /// All outlive this.
  struct Parts {
    Reactor& reactor;
    HostSet& hosts;
    HostLeases& leases;
    TimeoutEscalation& escalation;
    const Phase& phase;
  };

  explicit TransferredCalls(const Parts& parts) : parts_(parts) {}

  /// Each iteration: such calls are their hosts' now, and the channels the reactor's.
  void adopt(CallTermination& termination);
  /// How many there were.
  [[nodiscard]] std::uint64_t adopted() const { return adopted_; }

 private:
  void adopt(Worker& worker, HostLeases::Transfer transfer, CallTermination& termination);
  void end(const CallPtr& call, HostLeases::Unfinished how, CallTermination& termination);

  const Parts parts_;
  std::uint64_t adopted_ = 0;
};

}  // namespace provider_host::internal
