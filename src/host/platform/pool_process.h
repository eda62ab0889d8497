#pragma once

#include "base/fd.h"

namespace provider_host::host {

/// A descriptor that is readable once the process that has made the socketpair of `control`, the pool's, has ended.
/// Close-on-exec. Empty, with errno, when it has ended already (ESRCH), or when there is no such descriptor. Then
/// parent_has_ended() has to be asked again and again.
Fd watch_pool_process(const Fd& control);

/// Whether the process that had started this one when it began has ended. False in forks, whose parent is another.
bool parent_has_ended();

}  // namespace provider_host::host
