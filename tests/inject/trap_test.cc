#include "inject/trap.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace provider_host::inject {
namespace {

std::vector<bool> passed(Trap& trap, int count) {
  std::vector<bool> struck;
  for (int i = 0; i < count; ++i) struck.push_back(trap.strikes());
  return struck;
}

TEST(Trap, StrikesOnceOrFromAPlaceOnOrInAPeriod) {
  Trap trap;
  EXPECT_FALSE(trap.strikes());
  trap.arm(Threads::kThis, {.first = 2});
  EXPECT_EQ(passed(trap, 5), (std::vector{false, true, false, false, false}));
  EXPECT_EQ(trap.passed(), 5U);
  EXPECT_EQ(trap.failed(), 1U);
  trap.disarm();
  EXPECT_FALSE(trap.strikes());
  EXPECT_EQ(trap.passed(), 5U);
  trap.arm(Threads::kThis, {.first = 3, .period = 1});
  EXPECT_EQ(passed(trap, 5), (std::vector{false, false, true, true, true}));
  trap.disarm();
  trap.arm(Threads::kThis, {.first = 1, .period = 3});
  EXPECT_EQ(passed(trap, 5), (std::vector{true, false, false, true, false}));
  trap.disarm();
  trap.arm(Threads::kThis, {.first = 1, .period = 1, .most = 2});
  EXPECT_EQ(passed(trap, 4), (std::vector{true, true, false, false}));
}

TEST(Trap, StrikesTheThreadsThatItIsSetFor) {
  Trap trap;
  bool other = false;
  auto there = [&] { std::thread([&] { other = trap.strikes(); }).join(); };
  trap.arm(Threads::kThis, {1, 1});
  there();
  EXPECT_FALSE(other);
  EXPECT_TRUE(trap.strikes());
  trap.disarm();
  trap.arm(Threads::kOthers, {1, 1});
  there();
  EXPECT_TRUE(other);
  EXPECT_FALSE(trap.strikes());
  trap.disarm();
  trap.arm(Threads::kAll, {1, 1});
  there();
  EXPECT_TRUE(other);
  EXPECT_TRUE(trap.strikes());
  EXPECT_EQ(trap.passed(), 2U);
}

TEST(Trap, SparesAThreadThatAsksForIt) {
  Trap trap;
  trap.arm(Threads::kThis, {1, 1});
  {
    const Spared spared;
    EXPECT_FALSE(trap.strikes());
    const Exposed exposed;
    EXPECT_TRUE(trap.strikes());
  }
  EXPECT_TRUE(trap.strikes());
  EXPECT_EQ(trap.passed(), 2U);
}

TEST(Trap, IsArmedByOneAtATime) {
  Trap trap;
  trap.arm(Threads::kAll, {});
  EXPECT_THROW(trap.arm(Threads::kAll, {}), std::logic_error);
}

}  // namespace
}  // namespace provider_host::inject
