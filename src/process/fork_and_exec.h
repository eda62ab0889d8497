#pragma once

#include "process/spawn.h"

namespace provider_host::process {

/// spawn() for what posix_spawn(3) of this system cannot do. It copies the page tables of this process, so it takes
/// longer the more memory that has. `argv` and `environment` end with a null pointer.
pid_t fork_and_exec(const SpawnRequest& request, char* const* argv, char* const* environment);

}  // namespace provider_host::process
