#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace provider_host::cli {

/// Which calls a merge lacks. Add the indexes that are there, in ascending order, then call `finish`. Pure.
class MissingCalls {
 public:
  static constexpr std::size_t kMaxNamed = 10;  ///< Ranges, and shards, that texts name.

  /// `shards`: how many shards the calls are of; 1: not known.
  explicit MissingCalls(std::uint64_t shards) : shards_(shards) {}

  void add(std::uint64_t index) {
    if (index > end_) add_range(end_, index);
    end_ = index + 1;
  }
  /// `total`: how many calls there must be, at least.
  void finish(std::uint64_t total) {
    if (total > end_) add_range(end_, total);
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// `12-15, 40`: the first ranges; `, …` stands for the others.
  [[nodiscard]] std::string ranges_text() const;
  /// `shard 1/3 lacks 4 calls, shard 2/3 lacks 1 call`; empty when the shards are not known.
  [[nodiscard]] std::string shards_text() const;

 private:
  void add_range(std::uint64_t begin, std::uint64_t end);

  const std::uint64_t shards_;
  std::uint64_t end_ = 0;  // behind the last index
  std::uint64_t count_ = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;  // first and last; one more than are named
  std::map<std::uint64_t, std::uint64_t> by_shard_;
};

}  // namespace provider_host::cli
