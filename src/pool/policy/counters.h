#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "pool/policy/latency_histogram.h"
#include "pool/policy/restart_cause.h"
#include "provider_host/error.h"
#include "provider_host/stats.h"

namespace provider_host::internal {

/// What a pool counts over its life, in bounded memory. Pure; not thread-safe.
class Counters {
 public:
  void on_submitted(std::size_t calls = 1) { submitted_ += calls; }

  /// Calls that have been submitted and are not settled.
  [[nodiscard]] std::uint64_t open() const { return submitted_ - succeeded_ - failed_; }

  void on_succeeded() { ++succeeded_; }
  void on_failed(ErrorKind kind) {
    ++failed_;
    ++errors_.at(static_cast<std::size_t>(kind));
  }
  /// A call that a host had, when it settled; `succeeded` ones count for the latency.
  void on_times(bool succeeded, double queued_ms, double ran_ms) {
    if (succeeded) latency_.record(ran_ms);
    queue_wait_.record(queued_ms);
  }

  void on_affinity_lost() { ++affinity_moves_; }
  void on_restart(RestartCause cause) { ++restarts_.at(static_cast<std::size_t>(cause)); }
  void on_ready_after_crash(double ms) { crash_to_ready_.record(ms); }

  /// Everything but the hosts and the queue.
  [[nodiscard]] PoolStats stats() const {
    PoolStats stats;
    stats.submitted = submitted_;
    stats.succeeded = succeeded_;
    stats.failed = failed_;
    for (std::size_t i = 0; i < kErrorKinds; ++i) {
      if (errors_[i] > 0) stats.errors_by_kind.emplace(to_string(static_cast<ErrorKind>(i)), errors_[i]);
    }
    for (std::size_t i = 0; i < kRestartCauseNames.size(); ++i) {
      if (restarts_[i] > 0) stats.restarts_by_cause.emplace(kRestartCauseNames[i], restarts_[i]);
    }
    stats.affinity_moves = affinity_moves_;
    stats.latency = latency_.stats();
    stats.queue_wait = queue_wait_.stats();
    stats.crash_to_ready = crash_to_ready_.stats();
    return stats;
  }

 private:
  static constexpr std::size_t kErrorKinds = static_cast<std::size_t>(ErrorKind::kProtocolError) + 1;

  std::uint64_t submitted_ = 0;
  std::uint64_t succeeded_ = 0;
  std::uint64_t failed_ = 0;
  std::array<std::uint64_t, kErrorKinds> errors_{};
  std::array<std::uint64_t, kRestartCauses> restarts_{};
  std::uint64_t affinity_moves_ = 0;
  LatencyHistogram latency_;
  LatencyHistogram queue_wait_;
  LatencyHistogram crash_to_ready_;
};

}  // namespace provider_host::internal
