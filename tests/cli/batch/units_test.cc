#include "cli/batch/stats/units.h"

#include <gtest/gtest.h>

namespace provider_host::cli {
namespace {

TEST(Units, SizesAreShownWithAboutThreeDigits) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(1023), "1023 B");
  EXPECT_EQ(size_text(1024), "1.00 KiB");
  EXPECT_EQ(size_text((std::uint64_t{1} << 20) - 1), "1.00 MiB");
  EXPECT_EQ(size_text(36'800'000), "35.1 MiB");
  EXPECT_EQ(size_text(std::uint64_t{5000} << 40), "5000 TiB");
}

TEST(Units, DurationsAreShownWithAboutThreeDigits) {
  EXPECT_EQ(duration_text(0), "0 µs");
  EXPECT_EQ(duration_text(0.0005), "0.50 µs");
  EXPECT_EQ(duration_text(0.0612), "61.2 µs");
  EXPECT_EQ(duration_text(0.9996), "1.00 ms");
  EXPECT_EQ(duration_text(99.96), "100 ms");
  EXPECT_EQ(duration_text(999.7), "1.00 s");
  EXPECT_EQ(duration_text(34'000), "34.0 s");
}

}  // namespace
}  // namespace provider_host::cli
