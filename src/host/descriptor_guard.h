#pragma once

#include "host/channels.h"

namespace provider_host::host {

/// From now on the channels cannot be closed or replaced through libc, as by `os.closerange(3, 65536)`: for the script
/// they are not there, as under `python`. Once, before Python starts. A forked child, which has lost them already, may
/// do what it likes.
void guard_descriptors(const Channels& channels);

}  // namespace provider_host::host
