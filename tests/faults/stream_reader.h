#pragma once

#include <provider_host/pool.h>

#include <optional>

#include "faults/checks/item_log.h"
#include "faults/reading.h"

namespace provider_host::chaos {

/// Makes a stream and reads it on this thread. Nothing when it has vanished. Throws std::bad_alloc when the pool could
/// not take it.
std::optional<Outcome> read_stream(Pool& pool, Call call, const Reading& reading, ItemLog& log);
/// The same with Stream::try_next(), when there is something to read.
std::optional<Outcome> poll_stream(Pool& pool, Call call, const Reading& reading, ItemLog& log);

}  // namespace provider_host::chaos
