#include "cli/io/raw_object.h"

#include <gtest/gtest.h>

#include "cli/io/json_text.h"

namespace provider_host::cli {
namespace {

TEST(RawObject, KeepsEveryValueAsItWasWritten) {
  const auto object = RawObject::parse(R"( {"n": 1.00000000000000000001 , "big":123456789012345678901234567890,
    "s":"\u00e9", "o" : {"x" : [ 1,2 ]}, "e":[]} )");
  EXPECT_EQ(object.text(), R"({"n":1.00000000000000000001,"big":123456789012345678901234567890,"s":"\u00e9",)"
                           R"("o":{"x" : [ 1,2 ]},"e":[]})");
}

TEST(RawObject, UnescapesKeysAndEscapesThemAgain) {
  const auto object = RawObject::parse(R"({"\u0061\n":1})");
  ASSERT_NE(object.find("a\n"), nullptr);
  EXPECT_EQ(object.text(), R"({"a\n":1})");
}

TEST(RawObject, TheLastOfTwoEqualKeysCounts) { EXPECT_EQ(RawObject::parse(R"({"a":1,"a":2})").text(), R"({"a":2})"); }

TEST(RawObject, MergingReplacesInPlaceAndAppendsTheNew) {
  auto base = RawObject::parse(R"({"a":1,"b":{"x":1}})");
  base.merge(RawObject::parse(R"({"b":2,"c":3})"));
  EXPECT_EQ(base.text(), R"({"a":1,"b":2,"c":3})");
}

TEST(RawObject, FindsEachOfManyKeys) {
  RawObject object;
  for (int i = 0; i < 100; ++i) object.set("k" + std::to_string(i), std::to_string(i));
  for (int i = 0; i < 100; ++i) object.set("k" + std::to_string(i), std::to_string(i + 1));
  ASSERT_EQ(object.entries().size(), 100);
  for (int i = 0; i < 100; ++i) {
    ASSERT_NE(object.find("k" + std::to_string(i)), nullptr);
    EXPECT_EQ(*object.find("k" + std::to_string(i)), std::to_string(i + 1));
  }
  EXPECT_EQ(object.find("k100"), nullptr);
}

TEST(RawObject, RefusesWhatIsNoObject) {
  for (const char* text : {"[]", "1", "null", "", "{", "{\"a\":[1,,2]}", "{\"a\":[1}"}) {
    EXPECT_THROW(RawObject::parse(text), JsonError) << text;
  }
}

}  // namespace
}  // namespace provider_host::cli
