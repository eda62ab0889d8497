#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace provider_host::bindings {

/// How far a map reads ahead, from how fast its results are taken. Pure: the caller reads the clock.
class ReadAhead {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// The window is `least` calls, or as many as a millisecond takes of, if those are more; at most `most`.
  ReadAhead(std::size_t least, std::size_t most) : least_(least), most_(std::max(least, most)) {}

  /// Results that were taken by `now`.
  void on_taken(std::size_t results, TimePoint now) {
    taken_ += results;
    const std::chrono::duration<double, std::milli> passed = now - begin_;
    if (passed.count() < 1 && taken_ < 2 * per_ms_) return;
    const auto rate = static_cast<std::size_t>(static_cast<double>(taken_) / std::max(passed.count(), 1e-3));
    per_ms_ = std::clamp(rate, std::max<std::size_t>(per_ms_ / 4, 1), std::min(2 * per_ms_, kMaxPerMs));
    taken_ = 0;
    begin_ = now;
  }

  /// How many calls may be queued or running.
  [[nodiscard]] std::size_t window() const { return std::clamp(per_ms_, least_, most_); }
  /// How many results are taken at once, if there are so many. Meanwhile the hosts have work of the rest of the window.
  [[nodiscard]] std::size_t block() const { return std::max<std::size_t>(std::min(per_ms_, window()) / 4, 1); }

 private:
  static constexpr std::size_t kMaxPerMs = 4096;

  const std::size_t least_;
  const std::size_t most_;
  std::size_t per_ms_ = 1;
  std::size_t taken_ = 0;  // since begin_
  TimePoint begin_{};
};

}  // namespace provider_host::bindings
