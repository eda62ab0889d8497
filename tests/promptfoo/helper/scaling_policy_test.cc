#include "promptfoo/helper/scaling_policy.h"

#include <gtest/gtest.h>

namespace provider_host::promptfoo {
namespace {

constexpr MachineLoad kTwoProcessors{.hosts = 1, .starting = 0, .processors = 2};

ScriptLoad busy(int hosts, int waiting, double call_time, double import_time) {
  return {.hosts = hosts, .waiting = waiting, .running = hosts, .call_time = call_time, .import_time = import_time};
}

TEST(ScalingPolicy, StartsNothingWithoutAWaitingCall) {
  EXPECT_FALSE(should_start_host({}, {}));
  EXPECT_FALSE(should_start_host(busy(1, 0, 60, 1), kTwoProcessors));
}

TEST(ScalingPolicy, StartsOneHostForTheFirstCall) {
  ScriptLoad load;
  load.waiting = 4;
  EXPECT_TRUE(should_start_host(load, {}));
  load.hosts = 1;  // starting, and nobody knows how long an import takes
  EXPECT_FALSE(should_start_host(load, kTwoProcessors));
}

TEST(ScalingPolicy, LetsCallsWaitThatAreShorterThanAnImport) {
  EXPECT_FALSE(should_start_host(busy(1, 3, 0.001, 1), kTwoProcessors));
  EXPECT_FALSE(should_start_host(busy(1, 3, 0.1, 1), kTwoProcessors));
  EXPECT_TRUE(should_start_host(busy(1, 3, 0.2, 1), kTwoProcessors));
  EXPECT_TRUE(should_start_host(busy(1, 1, 5, 1), kTwoProcessors));
}

TEST(ScalingPolicy, CountsOnTheHostsThatThereAre) {
  EXPECT_TRUE(should_start_host(busy(2, 6, 0.2, 1), kTwoProcessors));
  EXPECT_FALSE(should_start_host(busy(4, 6, 0.2, 1), kTwoProcessors));
}

TEST(ScalingPolicy, CountsACallThatTakesLongerOnce) {
  ScriptLoad load = busy(1, 19, 0.001, 1);
  load.overrun = 0.4;  // as when the machine has no time for it
  EXPECT_FALSE(should_start_host(load, kTwoProcessors));
  load.overrun = 0.5;
  EXPECT_TRUE(should_start_host(load, kTwoProcessors));
  load.hosts = 2;
  EXPECT_FALSE(should_start_host(load, kTwoProcessors));
}

TEST(ScalingPolicy, ExpectsNothingOfTheFirstCallsButHowLongOneHasTaken) {
  ScriptLoad load = busy(1, 19, 0, 1);
  EXPECT_FALSE(should_start_host(load, kTwoProcessors));
  load.overrun = 0.4;
  EXPECT_FALSE(should_start_host(load, kTwoProcessors));
  load.overrun = 0.6;
  EXPECT_TRUE(should_start_host(load, kTwoProcessors));
}

TEST(ScalingPolicy, CountsOnAHostThatIsAboutToBeFree) {
  ScriptLoad load = busy(1, 1, 5, 1);
  load.running = 0;
  EXPECT_FALSE(should_start_host(load, kTwoProcessors));
  load.waiting = 2;
  EXPECT_TRUE(should_start_host(load, kTwoProcessors));
}

TEST(ScalingPolicy, DoesNotPayForAVeryShortWait) {
  EXPECT_FALSE(should_start_host(busy(1, 10, 0.001, 0.001), kTwoProcessors));
  EXPECT_TRUE(should_start_host(busy(1, 10, 0.003, 0.001), kTwoProcessors));
}

TEST(ScalingPolicy, StartsNoMoreHostsThanCallsAndProcessors) {
  ScriptLoad load = busy(2, 2, 60, 1);
  load.hosts = 4;  // two of them are starting
  EXPECT_FALSE(should_start_host(load, {.hosts = 4, .starting = 2, .processors = 8}));
  EXPECT_TRUE(should_start_host(busy(2, 4, 60, 1), {.hosts = 3, .starting = 1, .processors = 2}));
  EXPECT_FALSE(should_start_host(busy(2, 4, 60, 1), {.hosts = 4, .starting = 2, .processors = 2}));
  EXPECT_FALSE(should_start_host(busy(1, 9, 60, 1), {.hosts = kMaxHosts, .starting = 0, .processors = 2}));
}

}  // namespace
}  // namespace provider_host::promptfoo
