#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "pool/reactor/clock.h"

namespace provider_host::internal {

/// When a spare may be started again after one was lost: after pauses that grow from 0.1 s to a minute, so that a
/// script whose spares do not last costs little. Pure: it takes events and `now`. Not thread-safe.
class SpareBackoff {
 public:
  using Random = std::function<double()>;

  /// Pauses are multiplied by what `jitter` gives.
  explicit SpareBackoff(Random jitter = [] { return 1.0; }) : jitter_(std::move(jitter)) {}

  /// A spare could not be started, or has ended while it waited.
  void on_lost(TimePoint now) {
    if (now - last_lost_ > kForget) losses_ = 0;
    last_lost_ = now;
    const auto pause = std::min(kFirstPause * (1 << std::min(losses_++, kMaxDoublings)), kMaxPause);
    next_start_ = now + std::chrono::duration_cast<Clock::duration>(pause * jitter_());
  }
  /// A spare has taken the place of a host: it was of use.
  void on_used() { losses_ = 0; }

  [[nodiscard]] TimePoint next_start() const { return next_start_; }

 private:
  static constexpr int kMaxDoublings = 10;
  static constexpr Clock::duration kFirstPause = std::chrono::milliseconds(100);
  static constexpr Clock::duration kMaxPause = std::chrono::seconds(60);
  static constexpr Clock::duration kForget = std::chrono::minutes(10);  // longer than the longest pause

  Random jitter_;
  int losses_ = 0;  // without use, nor a long time, between them
  TimePoint last_lost_{};
  TimePoint next_start_{};
};

}  // namespace provider_host::internal
