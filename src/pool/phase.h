#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>

#include "base/mutex.h"
#include "pool/reactor/clock.h"

namespace provider_host::internal {

/// How far the end of a pool has come. It only goes forward. Any thread may read it and begin the drain; the other
/// steps are the reactor's.
///
///   running ──▶ draining: no new calls ──▶ aborting: running calls are given up ──▶ stopping: hosts end
///                     └──────────────── all calls have settled ────────────────────────▲
class Phase {
 public:
  /// New calls are refused, and those that run are waited for until then. A second, more forced drain shortens the
  /// first.
  void begin_drain(TimePoint until) {
    const MutexLock lock(mutex_);
    drain_until_ = std::min(until, drain_until_.value_or(until));
    advance(Step::kDraining);
  }
  /// When running calls are given up; nothing while there is no such time, or once it was dealt with.
  [[nodiscard]] std::optional<TimePoint> drain_until() const {
    const MutexLock lock(mutex_);
    return drain_until_;
  }
  void abort() { advance(Step::kAborting); }
  /// drain_until() has been dealt with.
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
