#include "pool/policy/memory_policy.h"

#include <gtest/gtest.h>

namespace provider_host::internal {
namespace {

constexpr TimePoint kStartTime(std::chrono::hours(1));
TimePoint later_by(double value) { return kStartTime + seconds(value); }

TEST(MemoryPolicy, ReplacesAtOnceWhatHasGrownAboveTheLimit) {
  MemoryPolicy policy(100);
  EXPECT_FALSE(policy.on_ready(60));
  EXPECT_FALSE(policy.is_too_much(100, kStartTime));
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(policy.is_too_much(101, kStartTime));
    policy.on_replacement(kStartTime);
    EXPECT_FALSE(policy.on_ready(60));
  }
}

TEST(MemoryPolicy, SaysOnceThatTheLimitIsTooLowAndPausesLongerAndLonger) {
  MemoryPolicy policy(100);
  EXPECT_TRUE(policy.on_ready(101));
  TimePoint now = kStartTime;
  for (const double pause : {60, 120, 240, 480, 960, 1920, 3600, 3600}) {
    EXPECT_TRUE(policy.is_too_much(101, now));
    policy.on_replacement(now);
    EXPECT_FALSE(policy.on_ready(101));
    EXPECT_FALSE(policy.is_too_much(101, now + seconds(pause * 0.99)));
    now += seconds(pause);
  }
}

TEST(MemoryPolicy, ForgetsItsPausesWhenAHostIsBelowAgain) {
  MemoryPolicy policy(100);
  policy.on_ready(101);
  policy.on_replacement(kStartTime);
  EXPECT_FALSE(policy.is_too_much(101, later_by(1)));
  EXPECT_FALSE(policy.on_ready(99));
  EXPECT_TRUE(policy.is_too_much(101, later_by(1)));
}

TEST(MemoryPolicy, LeavesHostsAloneWithoutALimitAndWithoutAFigure) {
  MemoryPolicy none(0);
  EXPECT_FALSE(none.on_ready(1'000));
  EXPECT_FALSE(none.is_too_much(1'000, kStartTime));
  MemoryPolicy policy(100);
  EXPECT_FALSE(policy.on_ready(0));
  EXPECT_FALSE(policy.is_too_much(0, kStartTime));
}

}  // namespace
}  // namespace provider_host::internal
