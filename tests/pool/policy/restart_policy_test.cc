#include "pool/policy/restart_policy.h"

#include <gtest/gtest.h>

namespace provider_host::internal {
namespace {

constexpr TimePoint kNow(std::chrono::hours(1));
TimePoint later(double value) { return kNow + seconds(value); }

bool may_start(const RestartPolicy& policy, TimePoint now) {
  const auto next = policy.next_start();
  return next && *next <= now;
}

TEST(RestartPolicy, LetsHostsStartAtFirst) {
  const RestartPolicy policy(3);
  EXPECT_TRUE(may_start(policy, kNow));
  EXPECT_FALSE(policy.is_open());
}

TEST(RestartPolicy, ReplacesACrashedHostAtOnce) {
  RestartPolicy policy(3);
  policy.on_crash(kNow);
  EXPECT_TRUE(may_start(policy, kNow));
  EXPECT_FALSE(policy.is_open());
}

TEST(RestartPolicy, PausesLongerAfterEachFurtherCrashWithoutASuccess) {
  RestartPolicy policy(100);
  policy.on_crash(kNow);
  for (const double pause : {0.01, 0.02, 0.04, 0.08, 0.16, 0.25, 0.25}) {
    policy.on_crash(kNow);
    EXPECT_FALSE(may_start(policy, later(pause * 0.99)));
    EXPECT_TRUE(may_start(policy, later(pause)));
  }
  policy.on_success();
  policy.on_crash(later(10));
  EXPECT_TRUE(may_start(policy, later(10)));
}

TEST(RestartPolicy, MultipliesItsPausesByTheJitter) {
  RestartPolicy policy(2, [] { return 0.5; });
  policy.on_start_failed(kNow, false);
  EXPECT_FALSE(may_start(policy, later(0.09)));
  EXPECT_TRUE(may_start(policy, later(0.1)));
  for (int i = 0; i < 2; ++i) policy.on_crash(kNow);
  EXPECT_DOUBLE_EQ(policy.retry_after(kNow), 0.5);
}

TEST(RestartPolicy, OpensAfterTooManyCrashesInARow) {
  RestartPolicy policy(3);
  for (int i = 0; i < 3; ++i) policy.on_crash(kNow);
  EXPECT_TRUE(policy.is_open());
  EXPECT_FALSE(may_start(policy, kNow));
  EXPECT_DOUBLE_EQ(policy.retry_after(kNow), 1);
  EXPECT_DOUBLE_EQ(policy.retry_after(later(0.25)), 0.75);
  EXPECT_DOUBLE_EQ(policy.retry_after(later(5)), 0);
  EXPECT_TRUE(may_start(policy, later(1)));
}

TEST(RestartPolicy, ForgetsCrashesAtASuccess) {
  RestartPolicy policy(3);
  for (int round = 0; round < 100; ++round) {
    policy.on_crash(kNow);
    policy.on_crash(kNow);
    policy.on_success();
  }
  EXPECT_FALSE(policy.is_open());
}

TEST(RestartPolicy, MakesOneHalfOpenProbeAtATime) {
  RestartPolicy policy(1);
  policy.on_crash(kNow);
  policy.on_start();
  EXPECT_EQ(policy.next_start(), std::nullopt);
  EXPECT_FALSE(policy.is_open());
}

TEST(RestartPolicy, ClosesWhenTheHalfOpenProbeBecomesReadyAndStaysOnProbation) {
  RestartPolicy policy(3);
  for (int i = 0; i < 3; ++i) policy.on_crash(kNow);
  policy.on_start();
  policy.on_ready();
  EXPECT_FALSE(policy.is_open());
  EXPECT_TRUE(may_start(policy, later(1)));
  policy.on_crash(later(2));
  EXPECT_TRUE(policy.is_open()) << "one more crash is enough";
  EXPECT_DOUBLE_EQ(policy.retry_after(later(2)), 2) << "and the pause has doubled";
}

TEST(RestartPolicy, StartsAfreshAfterAHalfOpenProbeAndASuccess) {
  RestartPolicy policy(2);
  for (int i = 0; i < 2; ++i) policy.on_crash(kNow);
  policy.on_start();
  policy.on_ready();
  policy.on_success();
  policy.on_crash(later(2));
  EXPECT_FALSE(policy.is_open());
  policy.on_crash(later(2));
  EXPECT_TRUE(policy.is_open());
  EXPECT_DOUBLE_EQ(policy.retry_after(later(2)), 1);
}

TEST(RestartPolicy, OpensForTwiceAsLongWhenTheHalfOpenProbeFailsUpToAMinute) {
  RestartPolicy policy(1);
  policy.on_crash(kNow);
  TimePoint now = kNow;
  for (const double pause : {1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0}) {
    EXPECT_DOUBLE_EQ(policy.retry_after(now), pause);
    now += seconds(pause);
    policy.on_start();
    policy.on_start_failed(now, false);
    EXPECT_TRUE(policy.is_open());
  }
}

TEST(RestartPolicy, CountsCrashesWhileItIsOpenAsOneOpening) {
  RestartPolicy policy(1);
  for (int i = 0; i < 8; ++i) policy.on_crash(kNow);  // eight hosts, all lost to the same cause
  EXPECT_DOUBLE_EQ(policy.retry_after(kNow), 1);
}

TEST(RestartPolicy, OpensAtOnceWhenTheScriptCannotBeImported) {
  RestartPolicy policy(10);
  policy.on_start_failed(kNow, true);
  EXPECT_TRUE(policy.is_open());
  policy.on_start_failed(kNow, true);  // the other hosts say the same
  EXPECT_DOUBLE_EQ(policy.retry_after(kNow), 1);
}

TEST(RestartPolicy, PausesLongerAfterEachHostThatDiedWhileStartingAndThenOpens) {
  RestartPolicy policy(10);
  policy.on_start_failed(kNow, false);
  EXPECT_FALSE(may_start(policy, later(0.19)));
  EXPECT_TRUE(may_start(policy, later(0.2)));
  policy.on_start_failed(kNow, false);
  EXPECT_FALSE(may_start(policy, later(0.39)));
  EXPECT_TRUE(may_start(policy, later(0.4)));
  EXPECT_FALSE(policy.is_open());
  policy.on_start_failed(kNow, false);
  EXPECT_TRUE(policy.is_open());
}

TEST(RestartPolicy, StaysClosedHoweverManyForksFail) {
  RestartPolicy policy(3);
  for (int i = 0; i < 10; ++i) policy.on_fork_failed(kNow);
  EXPECT_FALSE(policy.is_open());
  EXPECT_FALSE(may_start(policy, later(0.09)));
  EXPECT_TRUE(may_start(policy, later(0.1)));
}

TEST(RestartPolicy, OpensAgainWhenTheHalfOpenProbeIsAForkThatFails) {
  RestartPolicy policy(1);
  policy.on_crash(kNow);
  policy.on_start();
  policy.on_fork_failed(later(1));
  EXPECT_TRUE(policy.is_open());
  EXPECT_TRUE(may_start(policy, later(3)));
}

TEST(RestartPolicy, ForgetsFailedStartsWhenAHostBecomesReady) {
  RestartPolicy policy(10);
  for (int i = 0; i < 10; ++i) {
    policy.on_start_failed(kNow, false);
    policy.on_ready();
  }
  EXPECT_FALSE(policy.is_open());
}

TEST(RestartPolicy, IgnoresSuccessesOfOtherHostsWhileItIsOpen) {
  RestartPolicy policy(1);
  policy.on_crash(kNow);
  policy.on_success();
  EXPECT_TRUE(policy.is_open());
  policy.on_start();
  policy.on_success();
  EXPECT_EQ(policy.next_start(), std::nullopt);
}

TEST(RestartPolicy, AllowsAtLeastOneCrash) {
  RestartPolicy policy(0);
  EXPECT_FALSE(policy.is_open());
  policy.on_crash(kNow);
  EXPECT_TRUE(policy.is_open());
}

}  // namespace
}  // namespace provider_host::internal
