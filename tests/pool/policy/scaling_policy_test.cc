#include "pool/policy/scaling_policy.h"

#include <gmock/gmock.h>

#include <vector>

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kIdle = 60;

class ScalingPolicyTest : public testing::Test {
 protected:
  /// Says that all workers were used now.
  void use_all(ScalingPolicy& policy, int workers) {
    for (int worker = 1; worker <= workers; ++worker) policy.on_use(worker, now_);
  }

  TimePoint now_ = Clock::now();
};

TEST_F(ScalingPolicyTest, APoolStartsWithOneHostAtLeast) {
  EXPECT_EQ(ScalingPolicy::first({0, 8}), 1);
  EXPECT_EQ(ScalingPolicy::first({3, 8}), 3);
  EXPECT_EQ(ScalingPolicy::first(4), 4);
}

TEST_F(ScalingPolicyTest, GrowsOnceCallsHaveWaitedForAMoment) {
  const ScalingPolicy policy({1, 8}, 1, kIdle);
  EXPECT_EQ(policy.growth_at(1, now_), now_ + seconds(0.02));
  EXPECT_EQ(policy.growth_at(7, now_), now_ + seconds(0.02));
}

TEST_F(ScalingPolicyTest, GrowsAtOnceWhenThereIsNoHost) {
  const ScalingPolicy policy({0, 8}, 1, kIdle);
  EXPECT_EQ(policy.growth_at(0, now_), now_);
  EXPECT_EQ(policy.grown(0, {.waiting = 20, .running = 0}), 1) << "the others, if they still wait, in a moment";
}

TEST_F(ScalingPolicyTest, NeverGrowsAboveTheMost) {
  const ScalingPolicy policy({1, 8}, 1, kIdle);
  EXPECT_FALSE(policy.growth_at(8, now_));
  EXPECT_EQ(policy.grown(1, {.waiting = 100, .running = 1}), 8);
}

TEST_F(ScalingPolicyTest, GrowsToWhatCallsNeed) {
  const ScalingPolicy policy({1, 8}, 1, kIdle);
  EXPECT_EQ(policy.grown(1, {.waiting = 2, .running = 1}), 3);
  EXPECT_EQ(policy.grown(3, {.waiting = 2, .running = 1}), 3) << "two are starting";
  EXPECT_EQ(policy.grown(3, {.waiting = 3, .running = 1}), 4);
}

TEST_F(ScalingPolicyTest, AHostTakesAsManyCallsAsItsConcurrency) {
  const ScalingPolicy policy({1, 8}, 10, kIdle);
  EXPECT_EQ(policy.grown(1, {.waiting = 5, .running = 10}), 2);
  EXPECT_EQ(policy.grown(1, {.waiting = 25, .running = 10}), 4);
}

TEST_F(ScalingPolicyTest, KeepsWhatHasBeenUsed) {
  ScalingPolicy policy({1, 3}, 1, kIdle);
  use_all(policy, 3);
  EXPECT_THAT(policy.surplus({1, 2, 3}, 3, now_ + seconds(59)), IsEmpty());
}

TEST_F(ScalingPolicyTest, GivesUpTheHighestNumbersDownToTheLeast) {
  ScalingPolicy policy({1, 3}, 1, kIdle);
  use_all(policy, 3);
  EXPECT_THAT(policy.surplus({1, 2, 3}, 3, now_ + seconds(60)), ElementsAre(3, 2));
  EXPECT_THAT(policy.surplus({1, 2}, 2, now_ + seconds(60)), ElementsAre(2));
  EXPECT_THAT(policy.surplus({1}, 1, now_ + seconds(60)), IsEmpty());
}

TEST_F(ScalingPolicyTest, GivesUpWhatWasUsedTheLongestTimeAgoFirst) {
  ScalingPolicy policy({1, 3}, 1, kIdle);
  use_all(policy, 3);
  policy.on_use(3, now_ + seconds(1));
  policy.on_use(1, now_ + seconds(2));
  EXPECT_THAT(policy.surplus({1, 2, 3}, 3, now_ + seconds(100)), ElementsAre(2, 3));
}

TEST_F(ScalingPolicyTest, GivesUpOnlyWhatHasNothingToDo) {
  ScalingPolicy policy({1, 3}, 1, kIdle);
  use_all(policy, 3);
  EXPECT_THAT(policy.surplus({1}, 3, now_ + seconds(100)), ElementsAre(1));
}

TEST_F(ScalingPolicyTest, GivesUpAllWhenNoneIsToBeKept) {
  ScalingPolicy policy({0, 2}, 1, kIdle);
  use_all(policy, 2);
  EXPECT_THAT(policy.surplus({1, 2}, 2, now_ + seconds(60)), ElementsAre(2, 1));
}

TEST_F(ScalingPolicyTest, GivesUpNothingWithoutAnIdleTimeout) {
  ScalingPolicy policy({0, 2}, 1, 0);
  use_all(policy, 2);
  EXPECT_THAT(policy.surplus({1, 2}, 2, now_ + seconds(1e6)), IsEmpty());
  EXPECT_FALSE(policy.look_interval(2));
}

TEST_F(ScalingPolicyTest, IsAskedOnlyWhileThereIsSomethingToGiveUp) {
  const ScalingPolicy policy({1, 2}, 1, kIdle);
  EXPECT_FALSE(policy.look_interval(1));
  EXPECT_LE(policy.look_interval(2).value(), kIdle / 4);
}

}  // namespace
}  // namespace provider_host::internal
