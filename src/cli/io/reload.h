#pragma once

#include <functional>

#include "cli/io/console.h"
#include "provider_host/pool.h"

namespace provider_host::cli {

/// Reloads the script, waits for that, and tells how it has ended; true: well. `interrupted` as for Pool::reload: then
/// nothing is told.
bool reload(Pool& pool, Console& console, const std::function<bool()>& interrupted);

}  // namespace provider_host::cli
