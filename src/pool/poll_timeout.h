#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "pool/interrupt.h"
#include "pool/reactor/clock.h"

namespace provider_host::internal {

/// Milliseconds for poll(2) on a caller's own thread: until `until`, or for ever (-1) without it; not above
/// kInterruptInterval when something else is to be looked at now and then.
inline int poll_timeout(std::optional<TimePoint> until, bool looks_now_and_then) {
  std::int64_t timeout = -1;
  if (until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - Clock::now()).count();
    timeout = std::clamp<std::int64_t>(left, 0, 3'600'000);
  }
  if (looks_now_and_then) {
    constexpr auto kInterval = static_cast<std::int64_t>(kInterruptInterval * 1000);
    timeout = timeout < 0 ? kInterval : std::min(timeout, kInterval);
  }
  return static_cast<int>(timeout);
}

}  // namespace provider_host::internal
