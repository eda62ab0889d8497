#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "pool/reactor/clock.h"

namespace provider_host::internal {

/// When hosts that use too much memory are replaced: at once, as long as that helps. When a host has more than the
/// limit as soon as it is ready, no other will have less; then they are replaced after a growing pause, since a script
/// that does leak should not be left to it. Pure: it takes events and `now`. Not thread-safe.
class MemoryPolicy {
 public:
  /// Bytes; 0: no limit.
  explicit MemoryPolicy(std::uint64_t limit) : limit_(limit) {}

  /// A host with so many bytes (0: not known) has become ready. Returns whether to log that the limit is
  /// too low: the first time.
  bool on_ready(std::uint64_t resident) {
    if (limit_ == 0 || resident == 0) return false;
    too_low_ = resident > limit_;
    if (!too_low_) {
      pause_ = kFirstPause;
      return false;
    }
    return !std::exchange(is_reported_, true);
  }

  /// Whether a host with so many bytes should be replaced now.
  [[nodiscard]] bool is_too_much(std::uint64_t resident, TimePoint now) const {
    return limit_ > 0 && resident > limit_ && (!too_low_ || now >= next_);
  }

  /// A host is being replaced for that.
  void on_replacement(TimePoint now) {
    if (!too_low_) return;
    next_ = now + pause_;
    pause_ = std::min(2 * pause_, kMaxPause);
  }

 private:
  static constexpr Clock::duration kFirstPause = std::chrono::minutes(1);
  static constexpr Clock::duration kMaxPause = std::chrono::hours(1);

  std::uint64_t limit_;
  bool too_low_ = false;
  bool is_reported_ = false;
  Clock::duration pause_ = kFirstPause;
  TimePoint next_{};
};

}  // namespace provider_host::internal
