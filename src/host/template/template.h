#pragma once

#include "host/calls/call_channel.h"
#include "platform/shared_memory.h"

namespace provider_host::host {

/// What a template shares with the hosts that it makes.
struct TemplateParts {
  CallChannel& channel;
  int pool;  ///< Readable when the pool's process has ended; or -1.
  platform::SharedMemory& memory;
};

/// Serves the pool's requests (docs/protocol.md, "The template"): forks hosts, reports how they have ended, and reaps
/// them. Ends the process with the pool, by _exit(). Returns only in forks, each of which is a host from then on, with
/// nothing of the template's left open, and with a call channel of which nothing is read yet; see fork_host(). The
/// process must have one thread. Main thread, with the GIL, which it releases while it waits. Throws ProtocolViolation.
void make_hosts(const TemplateParts& parts);

}  // namespace provider_host::host
