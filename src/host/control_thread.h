#pragma once

#include "base/fd.h"

namespace provider_host::host {

/// Starts the thread that serves the control channel (docs/protocol.md) until the process ends: it answers pings, sends
/// the main thread the signals for dumps and interrupts, and kills the process group when the pool is gone. It never
/// takes the GIL and gets no signals, so it works whatever user code does. Call it on the main thread, before Python
/// starts.
void start_control_thread(Fd control, int dump_signal);

}  // namespace provider_host::host
