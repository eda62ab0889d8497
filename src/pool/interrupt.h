#pragma once

#include <functional>

namespace provider_host::internal {

/// Says whether a caller that waits wants to go; asked on the caller's own thread. May be empty.
using Interrupted = std::function<bool()>;

/// Seconds between two such questions.
inline constexpr double kInterruptInterval = 0.05;

}  // namespace provider_host::internal
