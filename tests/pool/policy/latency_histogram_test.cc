#include "pool/policy/latency_histogram.h"

#include <gtest/gtest.h>

namespace provider_host::internal {
namespace {

TEST(LatencyHistogram, IsAllZeroWhileItIsEmpty) {
  const LatencyStats stats = LatencyHistogram().stats();
  EXPECT_EQ(stats.count, 0U);
  EXPECT_EQ(stats.p99, 0);
  EXPECT_EQ(stats.max, 0);
}

TEST(LatencyHistogram, TellsPercentilesWithinThreePerCent) {
  LatencyHistogram histogram;
  for (int i = 1; i <= 100'000; ++i) histogram.record(i * 0.01);
  const LatencyStats stats = histogram.stats();
  EXPECT_EQ(stats.count, 100'000U);
  EXPECT_NEAR(stats.mean, 500, 0.1);
  EXPECT_NEAR(stats.p50, 500, 15);
  EXPECT_NEAR(stats.p90, 900, 27);
  EXPECT_NEAR(stats.p99, 990, 30);
  EXPECT_NEAR(stats.p999, 999, 30);
  EXPECT_EQ(stats.max, 1000);
}

TEST(LatencyHistogram, TakesAnyDuration) {
  LatencyHistogram histogram;
  for (const double ms : {0.0, 1e-9, -1.0, 3600e3, 1e18}) histogram.record(ms);
  EXPECT_EQ(histogram.stats().count, 5U);
  EXPECT_LT(histogram.stats().p50, 0.001);
  EXPECT_EQ(histogram.stats().max, 1e18);
}

TEST(LatencyHistogram, OfOneDurationIsThatDuration) {
  LatencyHistogram histogram;
  histogram.record(0.0123);
  EXPECT_NEAR(histogram.stats().p50, 0.0123, 0.0005);
  EXPECT_LE(histogram.stats().p999, histogram.stats().max);
}

}  // namespace
}  // namespace provider_host::internal
