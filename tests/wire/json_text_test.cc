#include "wire/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace provider_host::wire {
namespace {

TEST(JsonText, QuotesWhatJsonWantsQuoted) {
  EXPECT_EQ(quote(""), R"("")");
  EXPECT_EQ(quote("plain"), R"("plain")");
  EXPECT_EQ(quote("a\"b\\c\n"), R"("a\"b\\c\n")");
  EXPECT_EQ(quote(std::string_view("\0\x1f\x7f", 3)), "\"\\u0000\\u001f\x7f\"");
  EXPECT_EQ(quote("Grüezi 😀"), "\"Grüezi 😀\"");
}

TEST(JsonText, AppendsBehindWhatIsThere) {
  std::string text = "[";
  append_quoted(text, "a");
  EXPECT_EQ(text, "[\"a\"");
}

TEST(JsonText, QuotedTextsComeBackUnchanged) {
  std::string text;
  for (int c = 0; c < 0x80; ++c) text += static_cast<char>(c);
  text += "ü€😀";
  const std::string json = quote(text);
  EXPECT_EQ(json_error(json, 1), std::nullopt);
  EXPECT_EQ(nlohmann::json::parse(json).get<std::string>(), text);
}

TEST(JsonText, KnowsUtf8) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("Grüezi 😀"));
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
  for (const char* bad : {"\x80", "\xC3", "\xC1\x81", "\xE0\x80\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80", "\xFE"}) {
    EXPECT_FALSE(is_utf8(bad)) << testing::PrintToString(bad);
  }
}

TEST(JsonText, ReportsErrors) {
  EXPECT_EQ(json_error("[1]", 1), std::nullopt);
  EXPECT_NE(json_error("[1", 1), std::nullopt);
}

}  // namespace
}  // namespace provider_host::wire
