#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "provider_host/stats.h"

namespace provider_host::internal {

/// A histogram of durations with percentiles within 3 %, in 12 KiB whatever their number: 32 buckets for each power
/// of two of microseconds, as HdrHistogram has them. Pure; not thread-safe.
class LatencyHistogram {
 public:
  void record(double ms) {
    const double us = std::clamp(ms * 1000, 0.0, 1e15);
    ++buckets_[index_of(static_cast<std::uint64_t>(us))];
    ++count_;
    sum_ms_ += ms;
    max_ms_ = std::max(max_ms_, ms);
  }

  [[nodiscard]] LatencyStats stats() const {
    if (count_ == 0) return {};
    return {
        count_, sum_ms_ / static_cast<double>(count_), value_at(0.5), value_at(0.9), value_at(0.99), value_at(0.999),
        max_ms_};
  }

 private:
  static constexpr unsigned kSubBits = 5;
  static constexpr std::size_t kSub = std::size_t{1} << kSubBits;
  static constexpr std::size_t kBuckets = kSub * 48;  // up to 2^50 us

  static std::size_t index_of(std::uint64_t us) {
    if (us < kSub) return us;
    const auto exponent = static_cast<unsigned>(std::bit_width(us)) - 1 - kSubBits;
    return std::min<std::size_t>(kBuckets - 1, (exponent + 1) * kSub + ((us >> exponent) & (kSub - 1)));
  }
  // The middle of a bucket, in milliseconds.
  static double middle_of(std::size_t index) {
    if (index < kSub) return (static_cast<double>(index) + 0.5) / 1000;
    const auto exponent = static_cast<unsigned>(index / kSub - 1);
    const auto low = static_cast<double>((kSub + index % kSub) << exponent);
    return (low + static_cast<double>(std::uint64_t{1} << exponent) / 2) / 1000;
  }
  [[nodiscard]] double value_at(double share) const {
    const auto rank = static_cast<double>(count_) * share;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += buckets_[i];
      if (seen > 0 && static_cast<double>(seen) >= rank) return std::min(middle_of(i), max_ms_);
    }
    return max_ms_;
  }

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  double sum_ms_ = 0;
  double max_ms_ = 0;
};

}  // namespace provider_host::internal
