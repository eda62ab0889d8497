#pragma once

#include <provider_host/pool.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "faults/caller.h"
#include "faults/findings.h"
#include "faults/processes.h"
#include "faults/progress.h"
#include "faults/settings.h"
#include "faults/tally.h"

namespace provider_host::chaos {

/// The main scene: two pools under the calls of many threads, with faults. Once.
class Load {
 public:
  Load(const Settings& settings, Progress& progress);

  /// Makes all calls, checks what has to hold while the pools live, and ends them. A call that never settles ends the
  /// program with code 1, since its thread cannot be ended.
  void run(Tally& tally, Findings& findings, const Descendants& descendants);

 private:
  PoolOptions watched(PoolOptions options);
  void start_callers(Arena& arena);
  void watch(Arena& arena, const Descendants& descendants);
  void give_up(const Caller& stuck, Arena& arena, const Descendants& descendants) const;
  void check_calls(const Tally& tally, Findings& findings) const;
  static void check_nested(const Arena& arena, Findings& findings);
  void check_memory(Findings& findings) const;

  const Settings& settings_;
  Progress& progress_;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::atomic<int> internal_errors_ = 0;
  std::size_t resident_now_ = 0;
  std::size_t resident_warm_ = 0;
  std::size_t resident_end_ = 0;
};

/// What is wrong with a pool that should be at rest with all its hosts up, and answer; waits for that up to a minute.
std::vector<std::string> faults_at_rest(Pool& pool);

/// What is wrong with the counters of a pool that got `calls` calls, all of which have settled.
std::vector<std::string> faults_of_counters(const PoolStats& stats, std::uint64_t calls);

}  // namespace provider_host::chaos
