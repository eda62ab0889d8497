#include "wire/flat_object.h"

#include <gtest/gtest.h>

namespace provider_host::wire {
namespace {

TEST(FlatObject, HasTheTextsAndNumbersOfTheFirstLevel) {
  const auto object = FlatObject::parse(
      R"({"a":"\u00e4","n":-1,"u":2,"f":2.5,"o":{"a":"inner","x":[{}]},"l":[1,"a"],"t":true,"z":null})");
  ASSERT_TRUE(object);
  EXPECT_EQ(*object->text("a"), "ä");
  EXPECT_EQ(*object->number("n"), -1);
  EXPECT_EQ(*object->number("u"), 2);
  EXPECT_EQ(*object->number("f"), 2.5);
  for (const char* name : {"o", "l", "t", "z"}) {
    EXPECT_TRUE(object->has(name)) << name;
    EXPECT_EQ(object->text(name), nullptr) << name;
    EXPECT_EQ(object->number(name), nullptr) << name;
  }
  EXPECT_FALSE(object->has("x"));
  EXPECT_EQ(object->number("a"), nullptr);
  EXPECT_EQ(object->size(), 8U);
}

TEST(FlatObject, IsAnObjectAndNothingElse) {
  EXPECT_EQ(FlatObject::parse("{}")->size(), 0U);
  for (const char* text : {"", "1", "\"a\"", "[]", "[{}]", "null", "{", "{\"a\":}", "{} {}"}) {
    EXPECT_FALSE(FlatObject::parse(text)) << text;
  }
}

TEST(FlatObject, OfEqualKeysTheLastOneCounts) {
  const auto object = FlatObject::parse(R"({"a":"1","a":2})");
  EXPECT_EQ(object->text("a"), nullptr);
  EXPECT_EQ(*object->number("a"), 2);
  EXPECT_EQ(object->size(), 1U);
}

}  // namespace
}  // namespace provider_host::wire
