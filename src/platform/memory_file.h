#pragma once

#include <cstddef>

#include "base/fd.h"

namespace provider_host::platform {

/// A new file of `size` zero bytes that is nowhere in the file system, readable and writable: memory of its own
/// (memfd_create(2)), else a POSIX shared memory object, else a file in $TMPDIR or /tmp, which have lost their names.
/// Close-on-exec. Empty, with errno, when there can be none of them. The latter two have room for all of it: who maps
/// them gets no SIGBUS from a file system that is full.
Fd open_memory_file(std::size_t size);

/// The latter two.
Fd open_nameless_file(std::size_t size);

}  // namespace provider_host::platform
