#include "base/byte_size.h"

#include <gtest/gtest.h>

namespace provider_host {
namespace {

TEST(ByteSize, SizesAreBytesOrHaveAUnitOf1024) {
  EXPECT_EQ(parse_size("0"), 0U);
  EXPECT_EQ(parse_size("4096"), 4096U);
  EXPECT_EQ(parse_size("64K"), 64U << 10);
  EXPECT_EQ(parse_size("512M"), 512U << 20);
  EXPECT_EQ(parse_size("512MiB"), 512U << 20);
  EXPECT_EQ(parse_size("2gib"), 2ULL << 30);
  EXPECT_EQ(parse_size("1.5G"), 3ULL << 29);
  EXPECT_EQ(parse_size("9007199254740993"), 9007199254740993U) << "no digit is lost";
}

TEST(ByteSize, NonsenseIsNoSize) {
  for (const char* text : {"", "K", "12Q", "-1", "+1", "1 G", "1MB", "1e9", "0x10", "1.5", "1..5G", ".5G", "1.G", "inf",
                           "nan", "1GG", "0.0001K", "99999999999G", "99999999999999999999"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

TEST(ByteSize, AnExactSizeHasTheLargestUnitThatLosesNothing) {
  EXPECT_EQ(exact_size(0), "0 bytes");
  EXPECT_EQ(exact_size(1023), "1023 bytes");
  EXPECT_EQ(exact_size(1024), "1 KiB");
  EXPECT_EQ(exact_size(1536), "1536 bytes");
  EXPECT_EQ(exact_size(std::uint64_t{256} << 20), "256 MiB");
  EXPECT_EQ(exact_size(std::uint64_t{1} << 57), "128 PiB");
}

}  // namespace
}  // namespace provider_host
