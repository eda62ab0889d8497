#pragma once

#include <cstdint>

#include "pool/call/call_state.h"
#include "pool/call/cancellations.h"
#include "pool/host_leases.h"
#include "pool/interrupt.h"
#include "pool/metrics.h"
#include "pool/reactor/reactor.h"
#include "process/process_mark.h"
#include "provider_host/outcome.h"

namespace provider_host::internal {

/// A blocking call on its caller's own thread: an idle host is leased for one exchange of frames, and the reactor
/// sleeps. Anything but a plain response goes to the reactor, with the host. Any thread.
class FastPath {
 public:
  enum class Result : std::uint8_t {
    kNoHost,       ///< None is idle; nothing has been done.
    kSettled,      ///< `outcome` is the call's.
    kTransferred,  ///< The reactor settles the call.
    kInterrupted,  ///< The same, and the caller wants to go.
  };

  /// All of them outlive this.
  FastPath(Reactor& reactor, HostLeases& leases, Metrics& metrics, Cancellations& cancellations)
      : reactor_(reactor), leases_(leases), metrics_(metrics), cancellations_(cancellations) {}

  /// `interrupted` may be empty. What it throws reaches the caller once the call is settled, since its prompt may be
  /// the caller's; in a forked child at once.
  Result run(const CallPtr& call, const Interrupted& interrupted, Outcome& outcome);

  /// Due on a thread that is to wait for this pool inside the `interrupted` of its call, as a signal handler does, or
  /// that may never come back from there (std::exit). The reactor goes on with those calls.
  void leave_exchanges() const;

 private:
  class Exchange;

  Reactor& reactor_;
  HostLeases& leases_;
  Metrics& metrics_;
  Cancellations& cancellations_;
  const process::ProcessMark process_;
};

}  // namespace provider_host::internal
