#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "pool/call/call_state.h"
#include "pool/host/health_probe.h"
#include "pool/policy/counters.h"
#include "pool/policy/restart_cause.h"
#include "provider_host/outcome.h"
#include "provider_host/stats.h"

namespace provider_host::internal {

/// The counters of the pool, and the published state of its workers. Any thread; never waits for long. Workers are
/// numbered from 1, as their hosts.
class Metrics {
 public:
  /// What users see of the process that a worker has.
  struct Process {
    std::shared_ptr<const HealthProbe> probe;  ///< Empty: there is no process.
    int pid = 0;
    bool is_ready = false;
  };

  explicit Metrics(std::size_t workers) : workers_(workers) {}

  // --- calls
  void on_submitted(std::size_t calls);
  /// Called before a waiting caller sees the outcome, which is complete (CallState::complete).
  void on_settled(const CallState& call, const Outcome& outcome);
  /// The same for a call whose host has responded.
  void on_response(const CallState& call, const Outcome& outcome);
  /// A call that has got an idle host at once; it is submitted, and in flight until on_released() or a transfer.
  void on_leased(const CallState& call);
  void on_released(const CallState& call, const Outcome& outcome);
  /// A call that is settled without having been queued.
  void on_refused(const CallState& call, const Outcome& outcome);
  void on_affinity_lost();

  // --- workers
  void set_process(int worker, Process process);
  void set_in_flight(int worker, int calls);
  /// A process is the worker's from now on.
  void on_start(int worker);
  /// That process was none after all.
  void on_start_undone(int worker);
  /// A parked worker is not among the hosts of the statistics; what it has done still counts. Its next process replaces
  /// none.
  void set_parked(int worker, bool is_parked);
  void on_restart(RestartCause cause);
  /// The same for a worker whose present process was started without on_start().
  void on_replaced(int worker, RestartCause cause);
  void on_ready_after_crash(double ms);
  /// How many spares are ready.
  void set_spares(std::size_t spares);

  /// Responses of all hosts.
  [[nodiscard]] std::uint64_t responses() const;
  /// Everything but the queue (`queued` has the calls ahead of their turn), and what only the kernel knows.
  /// `is_closing`: processes that run are about to end.
  [[nodiscard]] PoolStats stats(bool is_closing) const;

 private:
  struct Worker {
    Process process;
    int in_flight = 0;
    std::uint64_t responses = 0;
    std::uint64_t starts = 0;   // since it was parked the last time
    std::uint64_t earlier = 0;  // restarts before that
    bool is_parked = false;

    [[nodiscard]] std::uint64_t restarts() const { return earlier + (starts > 0 ? starts - 1 : 0); }
  };

  Worker& worker(int number) REQUIRES(mutex_) { return workers_[static_cast<std::size_t>(number - 1)]; }
  void count(const CallState& call, const Outcome& outcome) REQUIRES(mutex_);

  mutable Mutex mutex_;
  Counters counters_ GUARDED_BY(mutex_);
  std::uint64_t responses_ GUARDED_BY(mutex_) = 0;
  std::vector<Worker> workers_ GUARDED_BY(mutex_);
  std::size_t spares_ GUARDED_BY(mutex_) = 0;
};

}  // namespace provider_host::internal
