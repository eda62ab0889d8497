#pragma once

#include <cstdint>
#include <map>

#include "provider_host/stats.h"

namespace provider_host::cli {

/// Bytes of memory by process id.
using ResidentMemory = std::map<int, std::uint64_t>;

/// What the hosts in `stats` have now; processes that are gone are left out. Only asks the kernel.
ResidentMemory resident_memory(const PoolStats& stats);

}  // namespace provider_host::cli
