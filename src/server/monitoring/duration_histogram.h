#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace provider_host::server {

/// How many durations were how long. Not thread-safe.
class DurationHistogram {
 public:
  /// Upper bounds of the buckets in seconds, inclusive; one more bucket has no bound.
  static constexpr std::array<double, 20> kBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                     0.025,  0.05,    0.1,    0.25,  0.5,    1,     2.5,
                                                     5,      10,      30,     60,    120,    300};

  void record(double seconds) noexcept {
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && seconds > kBounds[bucket]) ++bucket;
    ++counts_[bucket];
    ++count_;
    sum_ += seconds;
  }

  /// Takes in what the other one has.
  void add(const DurationHistogram& other) noexcept {
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) counts_[bucket] += other.counts_[bucket];
    count_ += other.count_;
    sum_ += other.sum_;
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] double sum() const noexcept { return sum_; }  ///< Seconds.
  /// Of each bucket, in the order of the bounds, without those below it; the last one has no bound.
  [[nodiscard]] const std::array<std::uint64_t, kBounds.size() + 1>& counts() const noexcept { return counts_; }

 private:
  std::array<std::uint64_t, kBounds.size() + 1> counts_{};
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

}  // namespace provider_host::server
