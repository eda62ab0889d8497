#include "cli/units.h"

#include <gtest/gtest.h>

namespace provider_host::cli {
namespace {

TEST(Units, SizesAreBytesOrHaveAUnitOf1024) {
  EXPECT_EQ(parse_size("0"), 0U);
  EXPECT_EQ(parse_size("4096"), 4096U);
  EXPECT_EQ(parse_size("64K"), 64U << 10);
  EXPECT_EQ(parse_size("512M"), 512U << 20);
  EXPECT_EQ(parse_size("512MiB"), 512U << 20);
  EXPECT_EQ(parse_size("2gib"), 2ULL << 30);
  EXPECT_EQ(parse_size("1.5G"), 3ULL << 29);
  EXPECT_EQ(parse_size("9007199254740993"), 9007199254740993U) << "no digit is lost";
}

TEST(Units, NonsenseIsNoSize) {
  for (const char* text : {"", "K", "12Q", "-1", "+1", "1 G", "1MB", "1e9", "0x10", "1.5", "1..5G", ".5G", "1.G", "inf",
                           "nan", "1GG", "0.0001K", "99999999999G", "99999999999999999999"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

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
