#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

namespace provider_host::cli {

/// What the indexes of a file have in common: the first one, and what divides their distances. So the files of shards
/// tell how many shards there are. A plain value.
class IndexPattern {
 public:
  void add(std::uint64_t index) {
    if (empty_) first_ = index;
    empty_ = false;
    const std::uint64_t distance = index > first_ ? index - first_ : first_ - index;
    if (step_ == 0 || distance % step_ != 0) step_ = std::gcd(step_, distance);
  }

  [[nodiscard]] bool empty() const { return empty_; }
  [[nodiscard]] std::uint64_t first() const { return first_; }
  /// Divides all distances; 0 with less than two indexes.
  [[nodiscard]] std::uint64_t step() const { return step_; }

 private:
  bool empty_ = true;
  std::uint64_t first_ = 0;
  std::uint64_t step_ = 0;
};

/// How many shards files with these patterns are of, if each file is one of another shard; 1: they do not tell.
std::uint64_t shard_count_of(const std::vector<IndexPattern>& files);

}  // namespace provider_host::cli
