#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace provider_host::platform {

/// Opens once; threads wait for it. As std::latch of one, but waits may have a limit. Four bytes without a mutex, and
/// where nobody waits open() costs one atomic operation.
class Latch {
 public:
  using Clock = std::chrono::steady_clock;

  Latch() = default;
  Latch(const Latch&) = delete;
  Latch& operator=(const Latch&) = delete;

  /// What was done before open() is seen by those who find it open.
  [[nodiscard]] bool is_open() const noexcept { return state_.load(std::memory_order_acquire) == kOpen; }
  /// Who finds it open may destroy it at once, even while this still runs.
  void open() noexcept {
    if (state_.exchange(kOpen, std::memory_order_acq_rel) == kAwaited) wake_all();
  }
  /// Waits until it is open, or `until` has come; whether it is open.
  bool wait(std::optional<Clock::time_point> until = std::nullopt) const noexcept;

 private:
  static constexpr std::uint32_t kClosed = 0;
  static constexpr std::uint32_t kAwaited = 1;  // closed, and somebody waits
  static constexpr std::uint32_t kOpen = 2;

  void wake_all() const noexcept;

  mutable std::atomic<std::uint32_t> state_ = kClosed;
};

}  // namespace provider_host::platform
