#pragma once

#include "base/fd.h"

namespace provider_host::platform {

/// A new, empty file that is nowhere in the file system, readable and writable: memory of its own (memfd_create(2)),
/// else a POSIX shared memory object, else a file in $TMPDIR or /tmp, which have lost their names. Close-on-exec.
/// Empty, with errno, when there can be none of them.
Fd open_memory_file();

/// The latter two.
Fd open_nameless_file();

}  // namespace provider_host::platform
