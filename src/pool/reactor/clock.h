#pragma once

#include <chrono>
#include <functional>

namespace provider_host::internal {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
/// A clock that tests can replace.
using Now = std::function<TimePoint()>;

/// Seconds as a duration of the clock: at least 0, and at most a hundred years, so that adding it to now never
/// overflows. NaN is 0.
inline Clock::duration seconds(double value) {
  constexpr double kLimit = 100.0 * 365 * 24 * 3600;
  if (!(value > 0)) return Clock::duration::zero();
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(value < kLimit ? value : kLimit));
}

inline double to_seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace provider_host::internal
