#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "pool/reactor/clock.h"
#include "provider_host/options.h"

namespace provider_host::internal {

/// How hosts are to be started: by themselves, or as forks of a template, and when there is to be a template. Pure: it
/// takes events and `now`. Not thread-safe.
///
///   none ──on_starting──▶ starting ──on_ready──▶ ready ──on_lost──▶ none, until a pause has passed
///                             └──on_refused──▶ off, for good (as after too many losses or failed forks)
class PreloadPolicy {
 public:
  /// What to start for a worker.
  enum class Start : std::uint8_t {
    kFresh,     ///< A host that imports the script by itself.
    kTemplate,  ///< A template, which is a host if it cannot be one.
    kFork,      ///< A fork of the template.
    kWait,      ///< Nothing yet: the template is being made.
  };

  explicit PreloadPolicy(Preload preload) : state_(preload == Preload::kOff ? State::kOff : State::kNone) {}

  [[nodiscard]] Start next(TimePoint now) const {
    switch (state_) {
      case State::kOff:
        return Start::kFresh;
      case State::kNone:
        return now < retry_at_ ? Start::kFresh : Start::kTemplate;
      case State::kStarting:
        return Start::kWait;
      case State::kReady:
        return Start::kFork;
    }
    return Start::kFresh;
  }

  /// When a template that was lost is to be replaced, whether a host is to be started or not; nothing: it is not.
  [[nodiscard]] std::optional<TimePoint> next_template() const {
    return state_ == State::kNone && losses_ > 0 ? std::optional(retry_at_) : std::nullopt;
  }

  void on_starting() { state_ = State::kStarting; }
  void on_ready() { state_ = State::kReady; }
  /// It cannot fork safely, which it never will.
  void on_refused() { state_ = State::kOff; }
  /// It has ended. Returns whether templates are given up for that.
  bool on_lost(TimePoint now) {
    if (state_ == State::kOff) return false;
    state_ = ++losses_ < kMaxLosses ? State::kNone : State::kOff;
    retry_at_ = now + std::min(kFirstPause * (1 << (losses_ - 1)), kMaxPause);
    return state_ == State::kOff;
  }
  /// It did not become ready, for a reason that any host would have had; the next host may be one again.
  void on_not_started() {
    if (state_ == State::kStarting) state_ = State::kNone;
  }

  void on_fork_ready() {
    failed_forks_ = 0;
    losses_ = 0;
  }
  /// A fork has not become ready. Returns whether the template is given up for that.
  bool on_fork_failed() {
    if (state_ == State::kOff || ++failed_forks_ < kMaxFailedForks) return false;
    state_ = State::kOff;
    return true;
  }

 private:
  enum class State : std::uint8_t { kOff, kNone, kStarting, kReady };
  // Fewer than failed starts open the breaker.
  static constexpr int kMaxFailedForks = 2;
  static constexpr int kMaxLosses = 6;
  static constexpr Clock::duration kFirstPause = std::chrono::seconds(1);
  static constexpr Clock::duration kMaxPause = std::chrono::seconds(60);

  State state_;
  TimePoint retry_at_{};
  int losses_ = 0;        // without a ready fork between them
  int failed_forks_ = 0;  // likewise
};

}  // namespace provider_host::internal
