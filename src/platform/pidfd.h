#pragma once

#include <sys/types.h>

#include "base/fd.h"

namespace provider_host::platform {

/// A descriptor of the process (pidfd_open(2), Linux 5.3): readable once it has ended. Close-on-exec. Empty, with
/// errno, when there is no such process (ESRCH), or when the system has no such descriptors (ENOSYS) or refuses them.
Fd open_pidfd(pid_t pid);

/// Signals the process of a pidfd; nothing happens when it is gone.
void signal_pidfd(int pidfd, int signal);

}  // namespace provider_host::platform
