#pragma once

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace provider_host {

/// Decides which waits are worth spinning before sleeping, from the outcome of earlier ones. Pure; not thread-safe.
class SpinPolicy {
 public:
  /// Whether to spin this time; call it once for each wait.
  bool worthwhile() {
    if (skip_ == 0) return true;
    --skip_;
    return false;
  }
  /// What was waited for came while spinning.
  void on_success() {
    failures_ = 0;
    if (++successes_ >= kForgetAfter) long_skip_ = kMinLongSkip;
  }
  /// It did not.
  void on_failure() {
    if (++failures_ >= kMaxFailures) skip_ = kSkippedWaits;
  }
  /// Another thread needed the processor. Spinning pauses, longer each time this happens.
  void on_contention() {
    skip_ = long_skip_;
    long_skip_ = std::min(2 * long_skip_, kMaxLongSkip);
    successes_ = 0;
  }

 private:
  static constexpr std::uint32_t kMaxFailures = 4;    // failures in a row until spinning is skipped
  static constexpr std::uint32_t kSkippedWaits = 15;  // waits without spinning; then it is tried again
  static constexpr std::uint32_t kMinLongSkip = 64;
  static constexpr std::uint32_t kMaxLongSkip = 4096;
  static constexpr std::uint32_t kForgetAfter = 64;  // successes without contention between them reset the pause

  std::uint32_t failures_ = 0;
  std::uint32_t successes_ = 0;
  std::uint32_t long_skip_ = kMinLongSkip;
  std::uint32_t skip_ = 0;
};

/// Adaptive spinning: polls for a moment before a wait sleeps. A response that comes within microseconds then costs no
/// sleep and wake-up, which take several times as long as the call itself. It adapts, so that slow peers and busy
/// machines cost almost nothing. One per peer; not thread-safe.
class Spin {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::microseconds kLimit{50};  ///< About what being woken costs at worst.
  /// sched_yield() takes this long only when a thread other than the peer has got the processor.
  static constexpr std::chrono::milliseconds kTimeSlice{1};

  /// Calls `attempt` until it returns true, yielding the processor in between, for kLimit at most. Returns whether it
  /// did.
  template <typename Attempt>
  bool until(Attempt attempt) {
    if (attempt()) return true;
    if (!policy_.worthwhile()) return false;
    auto now = Clock::now();
    const auto end = now + kLimit;
    while (now < end) {
      ::sched_yield();
      const auto before = std::exchange(now, Clock::now());
      if (now - before > kTimeSlice) {
        policy_.on_contention();
        return attempt();
      }
      if (!attempt()) continue;
      policy_.on_success();
      return true;
    }
    policy_.on_failure();
    return false;
  }

 private:
  SpinPolicy policy_;
};

}  // namespace provider_host
