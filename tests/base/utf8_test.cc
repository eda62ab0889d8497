#include "base/utf8.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace provider_host {
namespace {

TEST(Utf8, LeavesValidTextAlone) {
  for (const std::string text :
       {"", "plain", "Grüezi", "€", "😀", "\x7f", "\xED\x9F\xBF\xEE\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(to_valid_utf8(text), text);
  }
  EXPECT_EQ(to_valid_utf8(std::string("a\0b", 3)), std::string("a\0b", 3));
}

TEST(Utf8, ReplacesEachMaximalInvalidPartOnce) {
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(to_valid_utf8("\xFF"), bad);
  EXPECT_EQ(to_valid_utf8("a\x80z"), "a" + bad + "z");
  EXPECT_EQ(to_valid_utf8("\xC3"), bad);
  EXPECT_EQ(to_valid_utf8("\xC3("), bad + "(");
  EXPECT_EQ(to_valid_utf8("\xF0\x9F\x98"), bad);
  EXPECT_EQ(to_valid_utf8("\xF0\x9F\x98z"), bad + "z");
  EXPECT_EQ(to_valid_utf8("\xC0\xAF"), bad + bad);
  EXPECT_EQ(to_valid_utf8("\xED\xA0\x80"), bad + bad + bad);
  EXPECT_EQ(to_valid_utf8("\xF4\x90\x80\x80"), bad + bad + bad + bad);
  // The example of the Unicode standard, table 3-8.
  EXPECT_EQ(to_valid_utf8("a\xF1\x80\x80\xE1\x80\xC2z\x80y\x80\xBFx"),
            "a" + bad + bad + bad + "z" + bad + "y" + bad + bad + "x");
}

TEST(Utf8, IsNeverDoneTwice) {
  std::mt19937 random(77);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 3 == 0 ? random() : 0x80 + random() % 0x80);
    const std::string once = to_valid_utf8(bytes);
    ASSERT_EQ(to_valid_utf8(once), once);
  }
}

TEST(Utf8, CutsBetweenCharacters) {
  EXPECT_EQ(utf8_prefix("Grüezi", 2), "Gr");
  EXPECT_EQ(utf8_prefix("Grüezi", 3), "Gr");
  EXPECT_EQ(utf8_prefix("Grüezi", 4), "Grü");
  EXPECT_EQ(utf8_prefix("😀", 3), "");
  EXPECT_EQ(utf8_prefix("😀", 4), "😀");
  EXPECT_EQ(utf8_prefix("short", 100), "short");
  EXPECT_EQ(utf8_prefix("", 0), "");
}

}  // namespace
}  // namespace provider_host
