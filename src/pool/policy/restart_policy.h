#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "pool/reactor/clock.h"

namespace provider_host::internal {

/// When hosts may be started again after they died: the crash-loop breaker. Pure: it takes events and `now`. Not
/// thread-safe.
///
/// Closed: a host that died is replaced at once when the last one was a while ago (a success came between); otherwise,
/// and when it died before it was ready, after a growing pause.
/// Open: too many crashes without a success between them, or the script can no longer be imported. Nothing is started
/// until `retry_at`. Half-open: one host is started as a probe. If that becomes ready the breaker closes, otherwise it
/// opens for twice as long.
class RestartPolicy {
 public:
  using Random = std::function<double()>;

  /// `max_consecutive` crashes open the breaker; at least 1. Pauses are multiplied by what `jitter` gives.
  explicit RestartPolicy(
      int max_consecutive, Random jitter = [] { return 1.0; })
      : max_consecutive_(std::max(1, max_consecutive)), jitter_(std::move(jitter)) {}

  /// User code has responded to a call, with a result or an exception.
  void on_success() {
    if (state_ != State::kClosed) return;
    crashes_ = 0;
    open_for_ = kFirstPause;
  }

  /// A host that had become ready died.
  void on_crash(TimePoint now) {
    if (++crashes_ >= max_consecutive_) return open(now);
    if (crashes_ > 1) pause(now, kCrashPause, crashes_ - 2, kMaxCrashPause);
  }

  /// A host became ready.
  void on_ready() {
    failed_starts_ = 0;
    if (state_ == State::kClosed) return;
    state_ = State::kClosed;
    crashes_ = std::min(crashes_, max_consecutive_ - 1);  // on probation: one more crash opens it again
  }

  /// A host died or was given up before it was ready. An import error repeats itself, so it opens the breaker at once.
  void on_start_failed(TimePoint now, bool import_error) {
    ++failed_starts_;
    if (import_error || state_ == State::kHalfOpen || failed_starts_ >= kMaxFailedStarts) {
      open(now);
    } else {
      pause(now, kStartPause, failed_starts_, kMaxPause);
    }
  }

  /// A fork died or was given up before it was ready. However many do so at once, hosts can still start without one, so
  /// that this opens the breaker only when it was the probe.
  void on_fork_failed(TimePoint now) {
    if (state_ == State::kHalfOpen) return open(now);
    pause(now, kStartPause, 0, kMaxPause);
  }

  /// The script has new code: what the former one has done counts no more.
  void on_new_code() {
    state_ = State::kClosed;
    crashes_ = 0;
    failed_starts_ = 0;
    open_for_ = kFirstPause;
    pause_until_ = {};
  }

  /// A host is being started. While the breaker is open this is the probe, and makes it half-open.
  void on_start() {
    if (state_ == State::kOpen) state_ = State::kHalfOpen;
  }

  /// When the next host may be started; nothing while the breaker is half-open.
  [[nodiscard]] std::optional<TimePoint> next_start() const {
    switch (state_) {
      case State::kClosed:
        return pause_until_;
      case State::kOpen:
        return retry_at_;
      case State::kHalfOpen:
        return std::nullopt;
    }
    return std::nullopt;
  }

  /// When a host that is there may take the place of one that died: that needs no pause. Nothing while the breaker is
  /// half-open.
  [[nodiscard]] std::optional<TimePoint> next_hand_over() const {
    return state_ == State::kClosed ? TimePoint{} : next_start();
  }

  [[nodiscard]] bool is_closed() const { return state_ == State::kClosed; }
  [[nodiscard]] bool is_open() const { return state_ == State::kOpen; }

  /// Seconds until the breaker allows a half-open probe; 0 when it does already.
  [[nodiscard]] double retry_after(TimePoint now) const { return std::max(0.0, to_seconds(retry_at_ - now)); }

 private:
  enum class State : unsigned char { kClosed, kOpen, kHalfOpen };
  static constexpr int kMaxFailedStarts = 3;
  static constexpr Clock::duration kCrashPause = std::chrono::milliseconds(10);
  static constexpr Clock::duration kStartPause = std::chrono::milliseconds(100);
  static constexpr Clock::duration kFirstPause = std::chrono::seconds(1);
  static constexpr Clock::duration kMaxPause = std::chrono::seconds(60);
  static constexpr Clock::duration kMaxCrashPause = std::chrono::milliseconds(250);

  void pause(TimePoint now, Clock::duration first, int doublings, Clock::duration longest) {
    pause_until_ = now + jittered(std::min(first * (1 << std::min(doublings, 10)), longest));
  }
  Clock::duration jittered(Clock::duration duration) const {
    return std::chrono::duration_cast<Clock::duration>(duration * jitter_());
  }

  // Hosts that are lost while it is open were lost to the same cause.
  void open(TimePoint now) {
    if (state_ == State::kOpen) return;
    state_ = State::kOpen;
    retry_at_ = now + jittered(open_for_);
    open_for_ = std::min(open_for_ * 2, kMaxPause);
  }

  int max_consecutive_;
  Random jitter_;
  State state_ = State::kClosed;
  int crashes_ = 0;        // without a success between them
  int failed_starts_ = 0;  // without a ready host between them
  TimePoint pause_until_{};
  TimePoint retry_at_{};
  Clock::duration open_for_ = kFirstPause;
};

}  // namespace provider_host::internal
