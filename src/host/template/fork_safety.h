#pragma once

#include <string>

#include "host/channels.h"
#include "host/python/bootstrap_modules.h"
#include "host/python/script.h"
#include "platform/shared_memory.h"

namespace provider_host::host {

/// Why hosts cannot be forks of this process, which has imported its script: sentences for whoever has written it;
/// empty when they can. Forks once to find out (try_fork()). Takes some milliseconds, and longer when something is
/// wrong. The process must have no thread of ours. Main thread, with the GIL.
std::string reason_not_to_fork(BootstrapModules& modules, const Script& script, const Channels::Numbers& ours,
                               const platform::SharedMemory& memory);

}  // namespace provider_host::host
