#include "cli/io/indent_json.h"

#include <gtest/gtest.h>

namespace provider_host::cli {
namespace {

TEST(IndentJson, LaysOutObjectsAndArrays) {
  EXPECT_EQ(indent_json(R"({"a":[1,{"b":null}],"c":"x"})"), R"({
  "a": [
    1,
    {
      "b": null
    }
  ],
  "c": "x"
})");
}

TEST(IndentJson, KeepsEmptyContainersOnOneLine) {
  EXPECT_EQ(indent_json(R"({"a":{},"b":[ ]})"), "{\n  \"a\": {},\n  \"b\": []\n}");
  EXPECT_EQ(indent_json("[]"), "[]");
}

TEST(IndentJson, TouchesNoDigitAndNoString) {
  EXPECT_EQ(indent_json("123456789012345678901234567890.000"), "123456789012345678901234567890.000");
  EXPECT_EQ(indent_json(R"("a, {b}: [\"c\\")"), R"("a, {b}: [\"c\\")");
}

}  // namespace
}  // namespace provider_host::cli
