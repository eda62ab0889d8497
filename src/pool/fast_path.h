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

/// The fast path of a blocking call: leases an idle host and exchanges frames on the caller's own thread, without the
/// reactor. Anything but a plain response is transferred to the reactor, with the host. Any thread.
class FastPath {
 public:
  enum class Result : std::uint8_t {
    kNoHost,       ///< None is idle; nothing has been done.
    kSettled,      ///< `outcome` is the call's.
    kTransferred,  ///< The reactor settles the call.
    kInterrupted,  ///< The same, and the caller was interrupted.
  };

  /// All of them outlive this.
  FastPath(Reactor& reactor, HostLeases& leases, Metrics& metrics, Cancellations& cancellations)
      : reactor_(reactor), leases_(leases), metrics_(metrics), cancellations_(cancellations) {}

  /// `interrupted` may be empty. What it throws reaches the caller once the call is settled, since the call may refer
  /// to the caller's prompt; in a forked child at once.
  Result run(const CallPtr& call, const Interrupted& interrupted, Outcome& outcome);

  /// Transfers the unfinished exchanges of this thread to the reactor. Needed before a thread waits for this pool
  /// inside `interrupted`, as a signal handler may, or never returns from there (std::exit).
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
