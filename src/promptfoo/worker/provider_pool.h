#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "base/mutex.h"
#include "promptfoo/source_files.h"
#include "provider_host/pool.h"

namespace provider_host::promptfoo {

/// The pool of one script, which may be broken now and repaired later. A call whose script cannot be imported gets that
/// error within milliseconds; the import is tried anew when the script has changed, and at any rate from time to time.
class ProviderPool {
 public:
  using OnSettled = std::function<void(const Outcome&)>;

  /// Starts the pool and does not wait for the import. `options.script` is absolute.
  explicit ProviderPool(PoolOptions options);

  /// Queues one call; `on_settled` gets its outcome exactly once, on this thread or on one of the pool's. One thread.
  void submit(Call call, OnSettled on_settled);

  /// Gives the calls as many seconds, then settles and ends everything; returns when no process is left. One thread.
  void shutdown(double drain_seconds);

 private:
  void start() EXCLUDES(mutex_);
  [[nodiscard]] bool may_be_repaired() EXCLUDES(mutex_);
  void note(const Outcome& outcome) EXCLUDES(mutex_);

  const PoolOptions options_;
  std::unique_ptr<Pool> pool_;
  std::optional<Error> start_error_;  // when there is no pool
  SourceFiles script_;                // as it was at the start
  Mutex mutex_;
  int unsettled_ GUARDED_BY(mutex_) = 0;
  /// Since when no host can be started.
  std::optional<std::chrono::steady_clock::time_point> failing_since_ GUARDED_BY(mutex_);
};

}  // namespace provider_host::promptfoo
