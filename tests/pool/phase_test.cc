#include "pool/phase.h"

#include <gtest/gtest.h>

namespace provider_host::internal {
namespace {

constexpr TimePoint kStart(std::chrono::hours(1));

TEST(Phase, IsOpenAtFirst) {
  const Phase phase;
  EXPECT_FALSE(phase.is_closing());
  EXPECT_FALSE(phase.is_aborting());
  EXPECT_FALSE(phase.drain_until());
}

TEST(Phase, TakesTheShortestOfSeveralDrains) {
  Phase phase;
  phase.begin_drain(kStart + seconds(5));
  phase.begin_drain(kStart + seconds(1));
  phase.begin_drain(kStart + seconds(9));
  EXPECT_TRUE(phase.is_closing());
  EXPECT_FALSE(phase.is_aborting());
  EXPECT_EQ(phase.drain_until(), kStart + seconds(1));
}

TEST(Phase, NeverGoesBack) {
  Phase phase;
  phase.begin_drain(kStart);
  phase.abort();
  phase.stop();
  phase.begin_drain(kStart);
  EXPECT_TRUE(phase.is_closing());
  EXPECT_TRUE(phase.is_aborting());
  EXPECT_TRUE(phase.is_stopping());
}

TEST(Phase, MayStopWithoutAnAbort) {
  Phase phase;
  phase.begin_drain(kStart);
  phase.stop();
  EXPECT_TRUE(phase.is_stopping());
  EXPECT_FALSE(phase.is_aborting());
}

}  // namespace
}  // namespace provider_host::internal
