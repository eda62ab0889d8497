#pragma once

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace provider_host {

/// Which waits are worth looking before sleeping, from what became of earlier ones. Pure; not thread-safe.
class SpinPolicy {
 public:
  /// Whether to look this time; to be asked once for each wait.
  bool worthwhile() {
    if (skip_ == 0) return true;
    --skip_;
    return false;
  }
  /// What was waited for came while looking.
  void on_success() {
    failures_ = 0;
    if (++successes_ >= kForgetAfter) long_skip_ = kMinLongSkip;
  }
  /// It did not.
  void on_failure() {
    if (++failures_ >= kMaxFailures) skip_ = kSkippedWaits;
  }
  /// Somebody else needed the processor: it is no time for looking, and less and less so if that happens often.
  void on_contention() {
    skip_ = long_skip_;
    long_skip_ = std::min(2 * long_skip_, kMaxLongSkip);
    successes_ = 0;
  }

 private:
  static constexpr std::uint32_t kMaxFailures = 4;    // failures in a row until it is given up
  static constexpr std::uint32_t kSkippedWaits = 15;  // waits; then one is tried again
  static constexpr std::uint32_t kMinLongSkip = 64;
  static constexpr std::uint32_t kMaxLongSkip = 4096;
  static constexpr std::uint32_t kForgetAfter = 64;  // successes without a crowd between them, and all is forgotten

  std::uint32_t failures_ = 0;
  std::uint32_t successes_ = 0;
  std::uint32_t long_skip_ = kMinLongSkip;
  std::uint32_t skip_ = 0;
};

/// Begins a wait by looking again and again for a moment: an answer that comes within microseconds is then there
/// without the cost of falling asleep and being woken, which is several times that of the call itself. Learns, so that
/// slow peers and busy machines cost almost nothing. One per peer; not thread-safe.
class Spin {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::microseconds kLimit{50};  ///< About what being woken costs at worst.
  /// Giving way takes so long only when somebody who is not the peer has got the processor.
  static constexpr std::chrono::milliseconds kTimeSlice{1};

  /// Calls `attempt` until it says true, giving way to others in between, for kLimit at most. Whether it did.
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
