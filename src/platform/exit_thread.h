#pragma once

#include <sys/types.h>

#include "base/fd.h"

namespace provider_host::platform {

/// watch_exit() for systems without descriptors of processes: a thread waits for the child, without reaping it, and
/// then makes the descriptor, a pipe, readable. The thread gets no signals and ends with the child. Throws
/// std::system_error when there can be no thread or no pipe.
Fd watch_exit_in_thread(pid_t child);

}  // namespace provider_host::platform
