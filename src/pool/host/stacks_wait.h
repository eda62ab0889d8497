#pragma once

#include <functional>

#include "pool/host/host.h"
#include "pool/reactor/timer.h"

namespace provider_host::internal {

/// How long the stacks of a host are waited for; seconds. A host that sleeps, is stopped or is wedged will not send
/// them, and nobody is to wait for it any longer than `first`. One with a thread that wants to run may only be waiting
/// for a processor: it gets up to `most` altogether.
struct StacksWait {
  double first = 0.5;
  double most = 3;

  /// Of a host that has to end: somebody waits for the whole program.
  static StacksWait at_the_end() { return {.first = 0.5, .most = 1}; }
};

/// Runs `give_up` by `timer` when the stacks that were requested of the host are waited for no longer. What has come by
/// then has been read, and handled as ever (Host::Listener::on_stacks), so `give_up` may find nothing left to do.
/// Cancelling the timer ends the wait. Both outlive it.
void await_stacks(Host& host, Timer& timer, StacksWait wait, std::function<void()> give_up);

}  // namespace provider_host::internal
