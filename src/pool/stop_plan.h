#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace provider_host::internal {

/// What to do to a host that has to end, and how long to wait for it before the next step.
enum class StopAction : std::uint8_t {
  kCloseWriting,  ///< It finishes what it has, runs atexit, and ends.
  kAskWhere,      ///< It did not end: where is its code? The next step follows when that is known.
  kTerminate,     ///< SIGTERM to its group.
  kKill,          ///< SIGKILL to its group.
};

struct StopStep {
  StopAction action;
  double wait;  ///< seconds
};

/// Stopping is data: a list of steps. A default-constructed plan has none.
class StopPlan {
 public:
  StopPlan() = default;
  explicit StopPlan(std::vector<StopStep> steps) : steps_(std::move(steps)) {}

  /// For a host that has nothing to do.
  static StopPlan graceful(double grace) {
    return StopPlan({{StopAction::kCloseWriting, grace},
                     {StopAction::kAskWhere, kDumpWait},
                     {StopAction::kTerminate, kSignalWait},
                     {StopAction::kKill, kSignalWait}});
  }
  /// For a host whose code was asked to end and has not.
  static StopPlan impatient(double grace) {
    return StopPlan({{StopAction::kCloseWriting, grace}, {StopAction::kKill, kSignalWait}});
  }
  /// For a host that cannot be trusted.
  static StopPlan killing() { return StopPlan({{StopAction::kKill, kSignalWait}}); }

  /// The next step. The last one (SIGKILL) repeats: a process in an uninterruptible system call ends when that does.
  std::optional<StopStep> next() {
    if (steps_.empty()) return std::nullopt;
    const StopStep step = steps_[position_];
    if (position_ + 1 < steps_.size()) ++position_;
    return step;
  }

 private:
  static constexpr double kSignalWait = 1;
  static constexpr double kDumpWait = 0.5;

  std::vector<StopStep> steps_;
  std::size_t position_ = 0;
};

}  // namespace provider_host::internal
