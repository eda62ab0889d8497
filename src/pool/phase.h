#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>

#include "base/mutex.h"
#include "pool/reactor/clock.h"

namespace provider_host::internal {

/// The phases of a pool's shutdown. They only advance. Any thread may read the phase and begin the drain; the reactor
/// makes the other steps.
///
///   running ──▶ draining: no new calls ──▶ aborting: running calls are aborted ──▶ stopping: hosts end
///                     └──────────────── all calls have settled ────────────────────────▲
class Phase {
 public:
  /// New calls are refused; running calls may end until `until`. A second drain with an earlier end shortens the first.
  void begin_drain(TimePoint until) {
    const MutexLock lock(mutex_);
    drain_until_ = std::min(until, drain_until_.value_or(until));
    advance(Step::kDraining);
  }
  /// When running calls are aborted; nothing without a drain, or after end_drain().
  [[nodiscard]] std::optional<TimePoint> drain_until() const {
    const MutexLock lock(mutex_);
    return drain_until_;
  }
  void abort() { advance(Step::kAborting); }
  /// drain_until() is handled.
  void end_drain() {
    const MutexLock lock(mutex_);
    drain_until_.reset();
  }
  void stop() { advance(Step::kStopping); }

  [[nodiscard]] bool is_closing() const { return step_ >= Step::kDraining; }
  [[nodiscard]] bool is_aborting() const { return step_ == Step::kAborting || was_aborted_; }
  [[nodiscard]] bool is_stopping() const { return step_ == Step::kStopping; }

 private:
  enum class Step : std::uint8_t { kRunning, kDraining, kAborting, kStopping };

  void advance(Step step) {
    if (step == Step::kAborting) was_aborted_ = true;
    Step now = step_;
    while (now < step && !step_.compare_exchange_weak(now, step)) {
    }
  }

  std::atomic<Step> step_ = Step::kRunning;
  std::atomic<bool> was_aborted_ = false;
  mutable Mutex mutex_;
  std::optional<TimePoint> drain_until_ GUARDED_BY(mutex_);
};

}  // namespace provider_host::internal
