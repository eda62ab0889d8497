#pragma once

#include <optional>
#include <utility>

#include "base/mutex.h"
#include "pool/reactor/clock.h"
#include "provider_host/error.h"
#include "provider_host/script_report.h"

namespace provider_host::internal {

/// The result of a pool's start: its first ready host, or an error. Only the first result counts.
class StartResult {
 public:
  // --- the reactor thread
  /// `report`: what is known of the host without an inspection.
  void on_ready(const ScriptReport& report) {
    const MutexLock lock(mutex_);
    if (!report_) report_ = report;
    is_decided_ = true;
    decided_.notify_all();
  }
  void on_failed(Error error) {
    const MutexLock lock(mutex_);
    if (!is_decided_) error_ = std::move(error);
    is_decided_ = true;
    decided_.notify_all();
  }

  // --- the thread that starts the pool
  /// Whether it is decided; waits at most until then.
  [[nodiscard]] bool wait_until(TimePoint until) const {
    MutexLock lock(mutex_);
    while (!is_decided_) {
      if (!decided_.wait_until(lock, until)) return is_decided_;
    }
    return true;
  }
  /// Empty once a host is ready.
  [[nodiscard]] std::optional<Error> error() const {
    const MutexLock lock(mutex_);
    return error_;
  }
  /// Of the first ready host, also when the start before it has failed.
  [[nodiscard]] std::optional<ScriptReport> report() const {
    const MutexLock lock(mutex_);
    return report_;
  }

 private:
  mutable Mutex mutex_;
  bool is_decided_ GUARDED_BY(mutex_) = false;
  std::optional<Error> error_ GUARDED_BY(mutex_);
  std::optional<ScriptReport> report_ GUARDED_BY(mutex_);
  mutable CondVar decided_;
};

}  // namespace provider_host::internal
