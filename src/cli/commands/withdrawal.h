#pragma once

#include <span>

#include "provider_host/pool.h"

namespace provider_host::cli {

/// Withdraws the calls in their order. Returns when each of them has settled or runs, so that no host begins another
/// one of them: a call that was sent to a host ahead of its turn can begin until the pool's own thread has taken it
/// back. After five seconds at most, so that a signal is never waited for longer.
void withdraw_all(std::span<const Pending> calls);

}  // namespace provider_host::cli
