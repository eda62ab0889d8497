#include "wire/recall_word.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

namespace provider_host::wire {
namespace {

TEST(RecallWord, LetsEveryCallBeginThatIsNotTakenBack) {
  RecallWord word = 0;
  EXPECT_TRUE(begin_call(word, 1));
  EXPECT_TRUE(begin_call(word, 2));
  EXPECT_EQ(recall_calls(word, 4), 2U);
  EXPECT_FALSE(begin_call(word, 3));
  EXPECT_FALSE(begin_call(word, 4));
  EXPECT_TRUE(begin_call(word, 5));
}

TEST(RecallWord, TakesNothingBackWhenAllHaveBegun) {
  RecallWord word = 0;
  EXPECT_TRUE(begin_call(word, 1));
  EXPECT_EQ(recall_calls(word, 1), 1U);
  EXPECT_TRUE(begin_call(word, 2));
}

TEST(RecallWord, MayBeUsedAgainBeforeTheHostHasSeenTheFirstTime) {
  RecallWord word = 0;
  EXPECT_TRUE(begin_call(word, 1));
  EXPECT_EQ(recall_calls(word, 3), 1U);
  EXPECT_EQ(recall_calls(word, 5), 1U);
  for (std::uint32_t call = 2; call <= 5; ++call) EXPECT_FALSE(begin_call(word, call));
  EXPECT_TRUE(begin_call(word, 6));
}

TEST(RecallWord, CountsBeyondThirtyTwoBits) {
  const std::uint32_t last = std::numeric_limits<std::uint32_t>::max();
  RecallWord word = make_recall_word(last - 1, last - 1);
  EXPECT_TRUE(begin_call(word, last));
  EXPECT_EQ(recall_calls(word, last + 2), last);
  EXPECT_FALSE(begin_call(word, last + 1));  // 0
  EXPECT_FALSE(begin_call(word, last + 2));  // 1
  EXPECT_TRUE(begin_call(word, last + 3));
}

TEST(RecallWord, GivesEachCallToOneSide) {
  constexpr std::uint32_t kCalls = 20'000;
  RecallWord word = 0;
  std::vector<bool> begun(kCalls + 1);
  std::vector<bool> recalled(kCalls + 1);
  std::thread host([&] {
    for (std::uint32_t call = 1; call <= kCalls; ++call) begun[call] = begin_call(word, call);
  });
  std::uint32_t back_to = 0;  // all up to it are settled between the two
  for (std::uint32_t last = 0; last < kCalls; last += 7) {
    const std::uint32_t last_begun = recall_calls(word, last);
    for (std::uint32_t call = std::max(last_begun, back_to) + 1; call <= last; ++call) recalled[call] = true;
    back_to = std::max(last, back_to);
  }
  host.join();
  for (std::uint32_t call = 1; call <= kCalls; ++call) EXPECT_NE(begun[call], recalled[call]) << call;
}

}  // namespace
}  // namespace provider_host::wire
