#pragma once

#include <sys/types.h>

#include "host/template/fork_channel.h"
#include "platform/shared_memory.h"

namespace provider_host::host {

/// Forks a host. In the child everything between it and the pool stands where the template's stood, descriptors under
/// the same numbers and the memory at the same address, so that nothing that knows them has to learn of the fork; it is
/// the leader of a process group, and its crash record is open. Python in the child does not know of the fork yet:
/// PyOS_AfterFork_Child() is due.
///
/// Returns 0 in the child, in the template the child's process id, or -1 with errno. Main thread, with the GIL.
pid_t fork_host(const HostEnds& ends, platform::SharedMemory& memory);

}  // namespace provider_host::host
