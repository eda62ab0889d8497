#pragma once

#include <cstdint>
#include <optional>

#include "pool/call/call_state.h"
#include "pool/host/call_channel.h"
#include "pool/host_leases.h"
#include "pool/interrupt.h"
#include "pool/metrics.h"
#include "pool/reactor/reactor.h"
#include "provider_host/stream.h"

namespace provider_host::internal {

/// The fast path of a stream: its reader leases an idle host, and reads the items from its channel on its own thread,
/// without the reactor. While it is away the reactor may take the stream over (ReadingTurn); then, as with anything but
/// items and a response, the reader finds them in StreamItems.
class StreamPath {
 public:
  /// All of them outlive this.
  StreamPath(Reactor& reactor, HostLeases& leases, Metrics& metrics)
      : reactor_(reactor), leases_(leases), metrics_(metrics) {}

  /// Sends the call to an idle host. False: there is none, or the call is too large to be sent without waiting; nothing
  /// has been done.
  bool begin(const CallPtr& call);

  /// The next item; in a turn, which this ends. Nothing at the end of the stream, when the reactor has it now, when
  /// `interrupted` says true, and, unless it `may_wait`, when there is none yet. What `interrupted` throws reaches the
  /// caller; the stream goes on.
  std::optional<Item> next(const CallPtr& call, const Interrupted& interrupted, bool may_wait);

  /// Its reader closes it, in no turn. False: it has not got it.
  bool close(const CallPtr& call);

 private:
  class Turn;

  Reactor& reactor_;
  HostLeases& leases_;
  Metrics& metrics_;
};

}  // namespace provider_host::internal
