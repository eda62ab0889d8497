#pragma once

#include <sched.h>

#include <chrono>
#include <cstdint>

namespace provider_host {

/// Decides whether a wait begins with looking again and again for a moment: an answer that comes within microseconds
/// is then there without the cost of falling asleep and being woken, which is several times that of the call itself.
/// Learns from what became of the last attempts, so that slow peers cost almost nothing. One per peer; not thread-safe.
class Spin {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::microseconds kLimit{50};  ///< About what being woken costs at worst.

  /// Calls `attempt` until it says true, giving way to others in between, for kLimit at most. Whether it did.
  template <typename Attempt>
  bool until(Attempt attempt) {
    if (attempt()) return true;
    if (!worthwhile()) return false;
    const auto end = Clock::now() + kLimit;
    do {
      ::sched_yield();
      if (attempt()) {
        failures_ = 0;
        return true;
      }
    } while (Clock::now() < end);
    ++failures_;
    return false;
  }

 private:
  static constexpr std::uint32_t kPatience = 4;       // failures in a row until it is given up
  static constexpr std::uint32_t kSecondChance = 16;  // then every so many waits are tried

  bool worthwhile() {
    if (failures_ < kPatience) return true;
    return ++skipped_ % kSecondChance == 0;
  }

  std::uint32_t failures_ = 0;
  std::uint32_t skipped_ = 0;
};

}  // namespace provider_host
