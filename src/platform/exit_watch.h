#pragma once

#include <sys/types.h>

#include "base/fd.h"

namespace provider_host::platform {

/// A descriptor that is readable once the child process `child` of this process has ended, or is no child any more
/// because other code has reaped it. Close-on-exec. Throws std::system_error when there is none to be had.
Fd watch_exit(pid_t child);

}  // namespace provider_host::platform
