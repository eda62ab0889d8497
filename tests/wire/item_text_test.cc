#include "wire/item_text.h"

#include <gtest/gtest.h>

namespace provider_host::wire {
namespace {

TEST(ItemText, is_that_of_a_text) {
  EXPECT_EQ(item_text(R"("Grüezi")"), "Grüezi");
  EXPECT_EQ(item_text(R"("")"), "");
  EXPECT_EQ(item_text(R"(" a\n\u00fc\ud83d\ude00 ")"), " a\nü😀 ");
}

TEST(ItemText, is_the_output_that_stands_alone) {
  EXPECT_EQ(item_text(R"({"output":"Hi"})"), "Hi");
  EXPECT_EQ(item_text(R"({"output":"a\"b"})"), "a\"b");
  EXPECT_EQ(item_text(R"( { "output" : "Hi" } )"), "Hi");
  EXPECT_EQ(item_text(R"({"output":"Hi","cost":1})"), std::nullopt);
  EXPECT_EQ(item_text(R"({"output":1})"), std::nullopt);
  EXPECT_EQ(item_text(R"({"output":null})"), std::nullopt);
}

TEST(ItemText, is_in_the_first_choice_of_a_chunk) {
  EXPECT_EQ(item_text(R"({"id":"x","choices":[{"index":0,"delta":{"role":"a","content":"Hi"}},{"delta":{}}]})"), "Hi");
  EXPECT_EQ(item_text(R"({"choices":[{"delta":{"content":null}}]})"), "");
  EXPECT_EQ(item_text(R"({"choices":[{"delta":{}}]})"), "");
  EXPECT_EQ(item_text(R"({"choices":[{"delta":null}]})"), "");
  EXPECT_EQ(item_text(R"({"choices":[],"usage":{"total_tokens":3}})"), "");
  EXPECT_EQ(item_text(R"({"choices":[{"text":"Hi"}]})"), "Hi");
}

TEST(ItemText, is_in_nothing_else) {
  for (const char* json : {"1", "null", "[]", R"(["a"])", "{}", R"({"text":"a"})", R"({"choices":"a"})",
                           R"({"choices":[{"message":{"content":"a"}}]})", R"({"choices":[{"delta":{"content":[1]}}]})",
                           R"({"choices":[{"text":1}]})", R"({"choices":["a"]})"}) {
    EXPECT_EQ(item_text(json), std::nullopt) << json;
  }
}

TEST(ItemText, stays_escaped_in_the_parts_of_an_item) {
  const ItemParts parts = parts_of_item(R"({"choices":[{"delta":{"content":"a\n"}}],"usage":{"total_tokens":3}})");
  EXPECT_EQ(parts.kind, ItemParts::Kind::kChunk);
  EXPECT_EQ(parts.text, R"(a\n)");
  EXPECT_EQ(parts.usage, R"({"total_tokens":3})");
}

}  // namespace
}  // namespace provider_host::wire
