#pragma once

#include <algorithm>
#include <cstddef>

namespace provider_host::internal {

/// How many calls a host may have ahead of their turn, behind the one that it runs. It is learned from how long calls
/// take, so that the line is never longer than about kLookahead: long enough that the host need not wait for the pool
/// between two quick calls, and nothing for slow ones. Pure; not thread-safe.
class CallWindow {
 public:
  static constexpr double kLookahead = 400e-6;  ///< Seconds of work in the line.
  static constexpr std::size_t kMaxCalls = 256;
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 10;  ///< Of their frames, but for the last one.
  /// A call that runs longer than this, in seconds, was not expected to: the calls behind it are taken back.
  static constexpr double kMaxWait = 2e-3;

  /// So many responses have come in so many seconds, one call after the other.
  void on_responses(std::size_t calls, double seconds) {
    const double each = std::max(seconds, 0.0) / static_cast<double>(calls);
    if (!is_known_ || each > kLookahead) {
      seconds_per_call_ = each;  // a slow one may be followed by others
    } else {
      seconds_per_call_ += (each - seconds_per_call_) / kSmoothing;
    }
    is_known_ = true;
  }

  /// What a call takes, in seconds; 0 while nothing is known.
  [[nodiscard]] double seconds_per_call() const { return seconds_per_call_; }

  /// Calls in the line, at most; 0 while nothing is known.
  [[nodiscard]] std::size_t size() const {
    if (!is_known_) return 0;
    const double calls = kLookahead / std::max(seconds_per_call_, kLookahead / kMaxCalls);
    return static_cast<std::size_t>(calls);
  }

 private:
  static constexpr double kSmoothing = 4;

  double seconds_per_call_ = 0;
  bool is_known_ = false;
};

}  // namespace provider_host::internal
