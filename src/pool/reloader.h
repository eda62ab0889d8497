#pragma once

#include <future>
#include <memory>
#include <optional>
#include <vector>

#include "pool/host/launcher.h"
#include "pool/host_set.h"
#include "pool/log_queue.h"
#include "pool/phase.h"
#include "pool/policy/code_generations.h"
#include "pool/reactor/clock.h"
#include "pool/reactor/reactor.h"
#include "pool/supervisor.h"
#include "provider_host/error.h"

namespace provider_host::internal {

/// Replaces all hosts by ones that import the script anew, one worker after the other. It says whose turn it is
/// (HostService::is_outdated); the Recycler starts the replacement and lets it take over. The first one that fails ends
/// it: hosts that have not been replaced by then go on.
///
///   begin() ──▶ the generation is prepared ──▶ worker 1 ──▶ worker 2 … ──▶ each host has the new code
///
/// Workers without a host, or whose host is lost meanwhile, get one of the new code from the Supervisor; parked ones
/// when they are wanted. Spares are replaced once the first host has imported the new code. With a template the
/// generation is prepared once the one of the new code is ready. Belongs to the reactor thread.
class Reloader {
 public:
  /// How a reload has ended: with an error, or well.
  using Result = std::promise<std::optional<Error>>;

  /// All outlive this.
  struct Parts {
    Reactor& reactor;
    HostSet& hosts;
    Supervisor& supervisor;
    LogQueue& log;
    const Phase& phase;
  };

  explicit Reloader(const Parts& parts) : parts_(parts) {}

  /// The script has new code. When a reload is under way it starts over, and both end with it. `result` is set once.
  void begin(Launcher::Program program, const std::shared_ptr<Result>& result);

  /// Each iteration, before Recycler::recycle(), so that what has failed is not tried again: goes on with it.
  void reload();

 private:
  void begin_turn(Worker& worker);
  void end_turns();
  void end(const std::optional<Error>& error);
  void report(const std::optional<Error>& error);
  [[nodiscard]] bool is_outdated(const Host& host) const;

  const Parts parts_;
  std::vector<std::shared_ptr<Result>> waiting_;
  TimePoint began_{};
};

}  // namespace provider_host::internal
