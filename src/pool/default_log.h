#pragma once

#include <functional>

#include "provider_host/options.h"

namespace provider_host::internal {

/// Lines go to spdlog's logger `provider_host`, which is made (stderr, colours on a terminal) when the program has
/// none.
std::function<void(const LogLine&)> default_log();

}  // namespace provider_host::internal
