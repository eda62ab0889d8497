#include "pool/policy/preload_policy.h"

#include <gtest/gtest.h>

#include <chrono>

namespace provider_host::internal {
namespace {

using Start = PreloadPolicy::Start;
using std::chrono::milliseconds;

class PreloadPolicyTest : public ::testing::Test {
 protected:
  [[nodiscard]] Start next(int ms = 0) const { return policy_.next(now_ + milliseconds(ms)); }
  void lose() {
    policy_.on_starting();
    policy_.on_ready();
    is_given_up_ = policy_.on_lost(now_);
  }

  PreloadPolicy policy_{Preload::kAuto};
  TimePoint now_ = Clock::now();
  bool is_given_up_ = false;
};

TEST_F(PreloadPolicyTest, HostsStartFreshWhenItIsOff) {
  const PreloadPolicy off(Preload::kOff);
  EXPECT_EQ(off.next(now_), Start::kFresh);
  EXPECT_FALSE(off.next_template());
}

TEST_F(PreloadPolicyTest, TheFirstHostIsTheTemplateAndTheOthersWaitForIt) {
  EXPECT_EQ(next(), Start::kTemplate);
  policy_.on_starting();
  EXPECT_EQ(next(), Start::kWait);
  policy_.on_ready();
  EXPECT_EQ(next(), Start::kFork);
  EXPECT_FALSE(policy_.next_template());
}

TEST_F(PreloadPolicyTest, OneThatCannotForkIsTheLast) {
  policy_.on_starting();
  policy_.on_refused();
  EXPECT_EQ(next(), Start::kFresh);
  EXPECT_FALSE(policy_.on_lost(now_));
  EXPECT_EQ(next(1'000'000), Start::kFresh);
}

TEST_F(PreloadPolicyTest, AFailedImportCostsNoPauseOfItsOwn) {
  policy_.on_starting();
  policy_.on_not_started();
  EXPECT_EQ(next(), Start::kTemplate);
  EXPECT_FALSE(policy_.next_template()) << "only when a host is to be started";
}

TEST_F(PreloadPolicyTest, ALostTemplateIsReplacedAfterAPauseThatGrows) {
  lose();
  EXPECT_EQ(next(999), Start::kFresh);
  EXPECT_EQ(next(1000), Start::kTemplate);
  EXPECT_EQ(policy_.next_template(), now_ + milliseconds(1000));
  lose();
  EXPECT_EQ(policy_.next_template(), now_ + milliseconds(2000));
  policy_.on_starting();
  policy_.on_ready();
  policy_.on_fork_ready();
  EXPECT_FALSE(policy_.on_lost(now_));
  EXPECT_EQ(policy_.next_template(), now_ + milliseconds(1000)) << "it was of use in between";
}

TEST_F(PreloadPolicyTest, TemplatesThatEndAgainAndAgainAreGivenUp) {
  for (int i = 0; i < 6; ++i) {
    EXPECT_FALSE(is_given_up_);
    lose();
  }
  EXPECT_TRUE(is_given_up_);
  EXPECT_EQ(next(1'000'000), Start::kFresh);
}

TEST_F(PreloadPolicyTest, ForksThatDoNotBecomeReadyAreGivenUpBeforeTheBreakerOpens) {
  policy_.on_starting();
  policy_.on_ready();
  EXPECT_FALSE(policy_.on_fork_failed());
  EXPECT_EQ(next(), Start::kFork);
  policy_.on_fork_ready();
  EXPECT_FALSE(policy_.on_fork_failed());
  EXPECT_TRUE(policy_.on_fork_failed());
  EXPECT_EQ(next(), Start::kFresh);
  EXPECT_FALSE(policy_.on_fork_failed()) << "told once";
}

}  // namespace
}  // namespace provider_host::internal
