#include "pool/phase.h"

#include <gtest/gtest.h>

namespace provider_host::internal {
namespace {

constexpr TimePoint kNow(std::chrono::hours(1));

TEST(Phase, IsOpenAtFirst) {
  const Phase phase;
  EXPECT_FALSE(phase.is_closing());
  EXPECT_FALSE(phase.is_aborting());
  EXPECT_FALSE(phase.drain_until());
}

TEST(Phase, TakesTheShortestOfSeveralDrains) {
  Phase phase;
  phase.begin_drain(kNow + seconds(5));
  phase.begin_drain(kNow + seconds(1));
  phase.begin_drain(kNow + seconds(9));
  EXPECT_TRUE(phase.is_closing());
  EXPECT_FALSE(phase.is_aborting());
  EXPECT_EQ(phase.drain_until(), kNow + seconds(1));
}

TEST(Phase, NeverGoesBack) {
  Phase phase;
  phase.begin_drain(kNow);
  phase.abort();
  phase.stop();
  phase.begin_drain(kNow);
  EXPECT_TRUE(phase.is_closing());
  EXPECT_TRUE(phase.is_aborting());
  EXPECT_TRUE(phase.is_stopping());
}

TEST(Phase, MayStopWithoutAnAbort) {
  Phase phase;
  phase.begin_drain(kNow);
  phase.stop();
  EXPECT_TRUE(phase.is_stopping());
  EXPECT_FALSE(phase.is_aborting());
}

}  // namespace
}  // namespace provider_host::internal
