#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/fd.h"

namespace provider_host {

/// A descriptor of the process (pidfd_open(2), Linux 5.3): readable once it has ended. Close-on-exec. Empty, with
/// errno, when there is no such process (ESRCH) or no descriptor to be had.
inline Fd open_pidfd(pid_t pid) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

}  // namespace provider_host
