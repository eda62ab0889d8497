#include "cli/merge/missing_calls.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace provider_host::cli {
namespace {

MissingCalls without(std::initializer_list<std::uint64_t> held, std::uint64_t total, std::uint64_t shards = 1) {
  MissingCalls missing(shards);
  for (const std::uint64_t index : held) missing.add(index);
  missing.finish(total);
  return missing;
}

TEST(MissingCalls, NoneAreMissingWhenAllAreThere) {
  EXPECT_EQ(without({0, 1, 2}, 3, 2).count(), 0U);
  EXPECT_EQ(without({0, 1, 2}, 0).ranges_text(), "");
  EXPECT_EQ(without({}, 0).count(), 0U);
}

TEST(MissingCalls, AreNamedAsRanges) {
  const auto missing = without({2, 3, 6, 8}, 12);
  EXPECT_EQ(missing.ranges_text(), "0-1, 4-5, 7, 9-11");
  EXPECT_EQ(missing.count(), 8U);
  EXPECT_EQ(missing.shards_text(), "");
}

TEST(MissingCalls, OfManyRangesTheFirstTenAreNamed) {
  EXPECT_EQ(without({1, 3, 5, 7, 9, 11, 13, 15, 17, 19}, 20).ranges_text(), "0, 2, 4, 6, 8, 10, 12, 14, 16, 18");
  EXPECT_EQ(without({1, 3, 5, 7, 9, 11, 13, 15, 17, 19}, 21).ranges_text(), "0, 2, 4, 6, 8, 10, 12, 14, 16, 18, …");
}

TEST(MissingCalls, AreCountedByShard) {
  EXPECT_EQ(without({0, 2, 3, 5, 6}, 8, 3).shards_text(), "shard 1/3 lacks 3 calls");
  EXPECT_EQ(without({0}, 8, 3).shards_text(),
            "shard 0/3 lacks 2 calls, shard 1/3 lacks 3 calls, shard 2/3 lacks 2 calls");
  EXPECT_EQ(without({0, 2}, 3, 3).shards_text(), "shard 1/3 lacks 1 call");
}

TEST(MissingCalls, OfManyShardsTheFirstTenAreNamed) {
  const std::string text = without({}, 20, 20).shards_text();
  EXPECT_TRUE(text.ends_with("shard 9/20 lacks 1 call, …")) << text;
}

}  // namespace
}  // namespace provider_host::cli
