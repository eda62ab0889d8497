#include "pool/policy/spare_backoff.h"

#include <gtest/gtest.h>

namespace provider_host::internal {
namespace {

class SpareBackoffTest : public testing::Test {
 protected:
  /// Seconds until a spare may be started once one is lost now.
  double pause_after_loss() {
    backoff_.on_lost(now_);
    return to_seconds(backoff_.next_start() - now_);
  }

  SpareBackoff backoff_;
  TimePoint now_ = Clock::now();
};

TEST_F(SpareBackoffTest, TheFirstSpareNeedNotWait) { EXPECT_LE(backoff_.next_start(), now_); }

TEST_F(SpareBackoffTest, PausesGrowToAMinute) {
  EXPECT_DOUBLE_EQ(pause_after_loss(), 0.1);
  EXPECT_DOUBLE_EQ(pause_after_loss(), 0.2);
  for (int i = 0; i < 10; ++i) pause_after_loss();
  EXPECT_DOUBLE_EQ(pause_after_loss(), 60);
}

TEST_F(SpareBackoffTest, ASpareThatWasOfUseMakesThemShortAgain) {
  pause_after_loss();
  pause_after_loss();
  backoff_.on_used();
  EXPECT_DOUBLE_EQ(pause_after_loss(), 0.1);
}

TEST_F(SpareBackoffTest, LossesThatLieFarApartDoNotAddUp) {
  pause_after_loss();
  pause_after_loss();
  now_ += seconds(3600);
  EXPECT_DOUBLE_EQ(pause_after_loss(), 0.1);
}

}  // namespace
}  // namespace provider_host::internal
