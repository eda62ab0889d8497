#include "cli/merge/index_pattern.h"

#include <gtest/gtest.h>

namespace provider_host::cli {
namespace {

using Indexes = std::vector<std::uint64_t>;

std::uint64_t shards_of(const std::vector<Indexes>& files) {
  std::vector<IndexPattern> patterns;
  for (const Indexes& indexes : files) {
    patterns.emplace_back();
    for (const std::uint64_t index : indexes) patterns.back().add(index);
  }
  return shard_count_of(patterns);
}

TEST(IndexPattern, FilesThatAreNoShardsDoNotTell) {
  EXPECT_EQ(shards_of({{0, 1, 2}}), 1U);
  EXPECT_EQ(shards_of({{0, 1, 2}, {3, 4, 5}}), 1U);
  EXPECT_EQ(shards_of({}), 1U);
}

TEST(IndexPattern, SingleCallsDoNotTell) { EXPECT_EQ(shards_of({{0}, {1}, {}}), 1U); }

TEST(IndexPattern, TwoFilesOfOneShardDoNotTell) { EXPECT_EQ(shards_of({{0, 2, 4}, {0, 2, 4}}), 1U); }

TEST(IndexPattern, ShardsTellTheirNumberInAnyOrder) { EXPECT_EQ(shards_of({{0, 3, 6}, {7, 4, 1}, {2, 8, 5}}), 3U); }

TEST(IndexPattern, OneIsEnoughToTell) {
  EXPECT_EQ(shards_of({{1, 5, 9}}), 4U);
  EXPECT_EQ(shards_of({{1, 5, 9}, {2}, {}}), 4U);
}

}  // namespace
}  // namespace provider_host::cli
