#pragma once

#include <provider_host/pool.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "faults/caller.h"
#include "faults/checks/invariants.h"
#include "faults/checks/outcome_checker.h"
#include "faults/processes.h"
#include "faults/progress.h"
#include "faults/settings.h"

namespace provider_host::chaos {

/// The main scenario: two pools under the calls of many threads, with faults. Once.
class Load {
 public:
  Load(const Settings& settings, Progress& progress);

  /// Makes all calls, checks what has to hold while the pools live, and ends them. A call that never settles ends the
  /// program with code 1, since its thread cannot be ended.
  void run(OutcomeChecker& outcomes, Invariants& invariants, const Descendants& descendants);

 private:
  PoolOptions watched(PoolOptions options);
  void start_callers(CallerContext& context);
  void watch(CallerContext& context, const Descendants& descendants);
  void give_up(const Caller& stuck, CallerContext& context, const Descendants& descendants) const;
  void check_calls(const OutcomeChecker& outcomes, Invariants& invariants) const;
  static void check_nested(const CallerContext& context, Invariants& invariants);
  void check_memory(Invariants& invariants) const;

  const Settings& settings_;
  Progress& progress_;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::atomic<int> internal_errors_ = 0;
  std::size_t resident_now_ = 0;
  std::size_t resident_warm_ = 0;
  std::size_t resident_end_ = 0;
};

/// What is wrong with a pool that should be idle with all its hosts up, and respond; waits for that up to a minute.
std::vector<std::string> violations_when_idle(Pool& pool);

/// What is wrong with the counters of a pool that got `calls` calls, all of which have settled.
std::vector<std::string> counter_violations(const PoolStats& stats, std::uint64_t calls);

}  // namespace provider_host::chaos
