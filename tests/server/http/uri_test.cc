#include "server/http/uri.h"

#include <gmock/gmock.h>

namespace provider_host::server {
namespace {

using testing::Eq;
using testing::Optional;

TEST(PercentDecoded, EscapesBecomeBytes) {
  EXPECT_EQ(percent_decoded("org%2Fmy%20model"), "org/my model");
  EXPECT_EQ(percent_decoded("%c3%A9"), "\xc3\xa9");
  EXPECT_EQ(percent_decoded("%2525"), "%25");
  EXPECT_EQ(percent_decoded("plain"), "plain");
}

TEST(PercentDecoded, WhatIsNoEscapeStays) {
  for (const char* text : {"%", "%4", "a%", "%zz", "%4z", "%-1", "%%", "% 1"}) EXPECT_EQ(percent_decoded(text), text);
}

TEST(QueryValue, IsThatOfTheFirstParameterWithTheName) {
  EXPECT_THAT(query_value("level=gil", "level"), Optional(Eq("gil")));
  EXPECT_THAT(query_value("a=1&level=gil&level=loop", "level"), Optional(Eq("gil")));
  EXPECT_THAT(query_value("a&level&b=2", "level"), Optional(Eq("")));
  EXPECT_THAT(query_value("level=a=b", "level"), Optional(Eq("a=b")));
}

TEST(QueryValue, OtherNamesHaveNone) {
  for (const char* query : {"", "&", "levels=gil", "xlevel=gil", "a=level"}) {
    EXPECT_EQ(query_value(query, "level"), std::nullopt);
  }
}

}  // namespace
}  // namespace provider_host::server
