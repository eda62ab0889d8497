#include "cli/batch/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace provider_host::cli {
namespace {

using ::testing::HasSubstr;

std::string complaint_about(const std::string& text) {
  try {
    parse_shard(text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(Shard, TextsThatAreNoneSayWhatIsDue) {
  for (const char* text : {"", "3", "/3", "1/", "a/3", "1/b", "-1/3", "1/0", "1/3/5", "1.0/3", " 1/3", "1 / 3", "+1/3",
                           "18446744073709551616/3"}) {
    EXPECT_THAT(complaint_about(text), HasSubstr("must be I/N, such as 0/3, 1/3 and 2/3")) << text;
  }
}

TEST(Shard, ANumberThatDoesNotCountFromZeroIsExplained) {
  EXPECT_EQ(complaint_about("3/3"), "there is no shard 3/3: I counts from 0, so the shards of 3 are 0/3 to 2/3");
  EXPECT_EQ(complaint_about("1/1"), "there is no shard 1/1: I counts from 0, so the only shard of 1 is 0/1");
}

TEST(Shard, EachIndexIsOfExactlyOneShard) {
  for (std::uint64_t index = 0; index < 20; ++index) {
    int owners = 0;
    for (const char* text : {"0/3", "1/3", "2/3"}) owners += parse_shard(text).has(index) ? 1 : 0;
    EXPECT_EQ(owners, 1) << index;
  }
  EXPECT_EQ(to_string(parse_shard("2/3")), "2/3");
}

TEST(Shard, OneOfOneHasAll) {
  EXPECT_TRUE(parse_shard("0/1").is_all());
  EXPECT_TRUE(Shard{}.is_all());
  EXPECT_FALSE(parse_shard("0/2").is_all());
}

}  // namespace
}  // namespace provider_host::cli
