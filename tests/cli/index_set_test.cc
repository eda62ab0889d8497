#include "cli/index_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace provider_host::cli {
namespace {

TEST(IndexSet, NeighboursBecomeOneRun) {
  IndexSet set;
  for (const std::uint64_t index : {0U, 2U, 1U, 3U, 7U, 5U, 6U}) EXPECT_TRUE(set.add(index));
  EXPECT_EQ(set.runs(), 2U);
  EXPECT_EQ(set.size(), 7U);
  EXPECT_EQ(set.last(), 7U);
  EXPECT_FALSE(set.contains(4));
  EXPECT_FALSE(set.contains(8));
}

TEST(IndexSet, AnIndexCountsOnce) {
  IndexSet set;
  EXPECT_TRUE(set.add(3));
  EXPECT_FALSE(set.add(3));
  EXPECT_EQ(set.size(), 1U);
}

TEST(IndexSet, ContainsWhatASetWouldContain) {
  std::mt19937 random(7);
  IndexSet set;
  std::set<std::uint64_t> model;
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t index = random() % 3000;
    ASSERT_EQ(set.add(index), model.insert(index).second);
  }
  for (std::uint64_t index = 0; index < 3001; ++index) ASSERT_EQ(set.contains(index), model.contains(index)) << index;
  EXPECT_EQ(set.size(), model.size());
}

}  // namespace
}  // namespace provider_host::cli
