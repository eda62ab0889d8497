#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>

namespace provider_host::internal {

/// What to do to a host that has to end.
enum class StopAction : std::uint8_t {
  kCloseWriting,   ///< It finishes what it has, runs atexit, and ends.
  kRequestStacks,  ///< It did not end: requests its stacks. The next step follows when they have arrived.
  kTerminate,      ///< SIGTERM to its group.
  kKill,           ///< SIGKILL to its group.
};

struct StopStep {
  StopAction action{};
  double wait = 0;  ///< Seconds; with kRequestStacks as long as StacksWait says.
};

/// The steps that stop a host, and how long to wait after each. A default-constructed plan has none.
class StopPlan {
 public:
  static constexpr std::size_t kMaxSteps = 4;

  StopPlan() = default;
  /// At most kMaxSteps. Needs no memory of its own.
  StopPlan(std::initializer_list<StopStep> steps) : count_(std::min(steps.size(), kMaxSteps)) {
    std::copy_n(steps.begin(), count_, steps_.begin());
  }

  /// For an idle host.
  static StopPlan graceful(double grace) {
    return {{StopAction::kCloseWriting, grace},
            {StopAction::kRequestStacks},
            {StopAction::kTerminate, kSignalWait},
            {StopAction::kKill, kSignalWait}};
  }
  /// For a host whose code was interrupted and has not ended.
  static StopPlan forced(double grace) {
    return {{StopAction::kCloseWriting, grace}, {StopAction::kKill, kSignalWait}};
  }
  /// For a host that broke the protocol.
  static StopPlan killing() { return {StopStep{StopAction::kKill, kSignalWait}}; }

  /// The next step. The last one (SIGKILL) repeats: a process in an uninterruptible system call ends when that does.
  std::optional<StopStep> next() {
    if (empty()) return std::nullopt;
    const StopStep step = steps_.at(position_);
    if (position_ + 1 < count_) ++position_;
    return step;
  }

  [[nodiscard]] bool empty() const { return count_ == 0; }

 private:
  static constexpr double kSignalWait = 1;

  std::array<StopStep, kMaxSteps> steps_{};
  std::size_t count_ = 0;
  std::size_t position_ = 0;
};

}  // namespace provider_host::internal
