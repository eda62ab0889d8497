#pragma once

#include "base/fd.h"
#include "host/calls/cancellations.h"
#include "host/calls/stream_credits.h"
#include "host/health/health_probe.h"

namespace provider_host::host {

/// What the control thread passes on to other threads. They live as long as the process.
struct Requests {
  Cancellations& cancellations;
  StreamCredits& streams;
  HealthProbe& health;
};

/// Starts the thread that serves the control channel (docs/protocol.md) until the process ends: it answers pings, sends
/// the main thread dump_signal() for a dump, records a cancelled call and sends cancel_signal(), passes on what streams
/// may send, and kills the process group when the pool is gone: when `control` ends or the process of the pidfd `pool`
/// (which may be none) does. It never takes the GIL and gets no signals, so it works whatever user code does. Call it
/// on the main thread, before Python starts.
void start_control_thread(Fd control, Fd pool, Requests requests);

}  // namespace provider_host::host
