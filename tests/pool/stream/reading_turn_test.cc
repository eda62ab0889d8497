#include "pool/stream/reading_turn.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace provider_host::internal {
namespace {

TEST(ReadingTurnTest, IsTheReactorsAtFirst) {
  ReadingTurn turn;
  EXPECT_TRUE(turn.is_taken());
  EXPECT_FALSE(turn.begin());
  EXPECT_FALSE(turn.take_over()) << "it has it";
}

TEST(ReadingTurnTest, IsTheReadersWhoHasLeasedTheChannel) {
  ReadingTurn turn;
  turn.lease();
  EXPECT_FALSE(turn.take_over()) << "it is reading";
  turn.end();
  EXPECT_TRUE(turn.begin());
  EXPECT_FALSE(turn.begin()) << "one at a time";
  EXPECT_FALSE(turn.is_taken());
}

TEST(ReadingTurnTest, IsTakenOverForGoodWhileTheReaderIsAway) {
  ReadingTurn turn;
  turn.lease();
  turn.end();
  EXPECT_TRUE(turn.take_over());
  EXPECT_FALSE(turn.take_over()) << "once";
  EXPECT_TRUE(turn.is_taken());
  EXPECT_FALSE(turn.begin());
}

TEST(ReadingTurnTest, IsGivenUpByTheReader) {
  ReadingTurn turn;
  turn.lease();
  turn.give_up();
  EXPECT_TRUE(turn.is_taken());
  EXPECT_FALSE(turn.take_over()) << "the reader has handed it over itself";
}

TEST(ReadingTurnTest, CountsHowOftenTheReaderHasCome) {
  ReadingTurn turn;
  turn.lease();
  turn.end();
  const std::uint64_t before = turn.turns();
  EXPECT_TRUE(turn.begin());
  turn.end();
  EXPECT_EQ(turn.turns(), before + 1);
}

TEST(ReadingTurnTest, IsEitherTakenOverOrBegun) {
  for (int i = 0; i < 2000; ++i) {
    ReadingTurn turn;
    turn.lease();
    turn.end();
    std::atomic<bool> is_taken_over = false;
    std::thread other([&] { is_taken_over = turn.take_over(); });
    const bool is_begun = turn.begin();
    other.join();
    ASSERT_NE(is_begun, is_taken_over);
  }
}

}  // namespace
}  // namespace provider_host::internal
