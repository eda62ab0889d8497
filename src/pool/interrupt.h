#pragma once

#include <functional>

namespace provider_host::internal {

/// Polled on the thread of a waiting caller: whether it wants to stop waiting. May be empty.
using Interrupted = std::function<bool()>;

/// Seconds between two polls.
inline constexpr double kInterruptInterval = 0.05;

}  // namespace provider_host::internal
