#include "base/spin.h"

#include <gtest/gtest.h>

namespace provider_host {
namespace {

int looks_in(SpinPolicy& policy, int waits) {
  int looks = 0;
  for (int i = 0; i < waits; ++i) {
    if (!policy.worthwhile()) continue;
    ++looks;
    policy.on_failure();
  }
  return looks;
}

TEST(SpinPolicy, SpinsAsLongAsItIsRewarded) {
  SpinPolicy policy;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(policy.worthwhile());
    i % 4 == 0 ? policy.on_success() : policy.on_failure();
  }
}

TEST(SpinPolicy, GivesUpOnAPeerThatIsSlowButTriesNowAndThen) {
  SpinPolicy policy;
  EXPECT_EQ(looks_in(policy, 4), 4);
  EXPECT_EQ(looks_in(policy, 160), 10);
}

TEST(SpinPolicy, TrustsAPeerAgainThatWasQuickOnce) {
  SpinPolicy policy;
  looks_in(policy, 4 + 15);
  ASSERT_TRUE(policy.worthwhile());
  policy.on_success();
  EXPECT_EQ(looks_in(policy, 4), 4);
}

TEST(SpinPolicy, SkipsLongerAndLongerWhileOthersNeedTheProcessor) {
  SpinPolicy policy;
  for (const int rest : {64, 128, 256, 512, 1024, 2048, 4096, 4096}) {
    policy.on_contention();
    EXPECT_EQ(looks_in(policy, rest), 0);
    EXPECT_TRUE(policy.worthwhile());
    policy.on_success();
  }
}

TEST(SpinPolicy, ForgetsContentionAfterManySuccesses) {
  SpinPolicy policy;
  for (int i = 0; i < 5; ++i) policy.on_contention();
  looks_in(policy, 1024);
  for (int i = 0; i < 64; ++i) policy.on_success();
  policy.on_contention();
  EXPECT_EQ(looks_in(policy, 64), 0);
  EXPECT_TRUE(policy.worthwhile());
}

TEST(Spin, AsksOnceWhenTheResponseIsThere) {
  Spin spin;
  int attempts = 0;
  EXPECT_TRUE(spin.until([&] { return ++attempts == 1; }));
  EXPECT_EQ(attempts, 1);
}

TEST(Spin, AsksAgain) {
  Spin spin;
  int attempts = 0;
  EXPECT_TRUE(spin.until([&] { return ++attempts == 2; }));
}

TEST(Spin, EndsWithoutAResponse) {
  Spin spin;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(spin.until([] { return false; }));
}

}  // namespace
}  // namespace provider_host
