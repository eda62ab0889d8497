#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace provider_host::cli {

/// How many calls a batch reads ahead of its output. It begins with `least`, doubles while that many calls take less
/// than `kShort`, up to `most`, and halves when they take more than `kLong`. So slow calls, which are dear, are few
/// when a batch is stopped, and fast ones do not wait for the reader. Pure; one thread at a time.
class ReadAhead {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::duration kShort = std::chrono::milliseconds(20);
  static constexpr Clock::duration kLong = std::chrono::milliseconds(200);

  ReadAhead(std::size_t least, std::size_t most) : least_(least), most_(std::max(least, most)), calls_(least) {}

  [[nodiscard]] std::size_t calls() const { return calls_; }

  /// `count` calls have been done since the last time.
  void on_done(std::size_t count, Clock::time_point now) {
    if (begun_ == Clock::time_point()) begun_ = now;
    done_ += count;
    if (done_ < calls_) return;
    const auto taken = (now - begun_) * static_cast<Clock::rep>(calls_) / static_cast<Clock::rep>(done_);
    if (taken < kShort) calls_ = std::min(most_, calls_ * 2);
    if (taken > kLong) calls_ = std::max(least_, calls_ / 2);
    begun_ = now;
    done_ = 0;
  }

 private:
  const std::size_t least_;
  const std::size_t most_;
  std::size_t calls_;
  std::size_t done_ = 0;  // since begun_
  Clock::time_point begun_;
};

}  // namespace provider_host::cli
