#pragma once

#include "base/fd.h"

namespace provider_host::host {

/// A descriptor that is readable once the process that has made the socketpair of `control`, the pool's, has ended.
/// Close-on-exec. Empty, with errno, when it has ended already (ESRCH), or when there is no such descriptor: then only
/// the end of the channels shows that the pool is gone.
Fd watch_pool_process(const Fd& control);

}  // namespace provider_host::host
