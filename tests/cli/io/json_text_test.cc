#include "cli/io/json_text.h"

#include <gtest/gtest.h>

namespace provider_host::cli {
namespace {

TEST(JsonText, AcceptsEveryKindOfValue) {
  for (const char* text : {"null", "true", "false", "0", "-0.5e+10", "\"\"", "[]", "{}",
                           " [1 , {\"a\" : [\"\\u00e9\"]}] ", "1e400", "123456789012345678901234567890",
                           "\"\\ud83d\\ude00\"", "\"\\ud800\"", "{\"\\udc00\":\"\\ud800\\u0041\"}", "[[],{},[{}]]"}) {
    EXPECT_EQ(json_error(text), std::nullopt) << text;
  }
}

TEST(JsonText, RefusesWhatIsNoJson) {
  for (const char* text : {"",           "  ",         "nul",        "nullx",     "tru",
                           "01",         "1.",         ".5",         "+1",        "-",
                           "1e",         "1e+",        "0x1",        "NaN",       "Infinity",
                           "'a'",        "\"a",        "\"\\x\"",    "\"\\u12\"", "\"a\nb\"",
                           "[1",         "1]",         "[1,]",       "[,1]",      "[1 2]",
                           "{\"a\"}",    "{\"a\":}",   "{\"a\":1,}", "{a:1}",     "{1:2}",
                           "1,2",        "1] [2",      "1 2",        "[1}",       "{]",
                           "[1]]",       "{\"a\":1}}", "{} {}",      "[1]x",      "\"a\"\"b\"",
                           "true false", "\"\\ud80\"", "\xff",       "\"\xc3\"",  "\"\xed\xa0\x80\"",
                           "]",          "}",          ","}) {
    EXPECT_NE(json_error(text), std::nullopt) << text;
  }
}

TEST(JsonText, RefusesNestingBeyondAThousandLevelsAndAcceptsAThousand) {
  EXPECT_EQ(json_error(std::string(1000, '[') + std::string(1000, ']')), std::nullopt);
  EXPECT_NE(json_error(std::string(1002, '[') + std::string(1002, ']')), std::nullopt);
  EXPECT_NE(json_error(std::string(100'000, '[')), std::nullopt);
}

TEST(JsonText, QuotesWhatIsUtf8AndRefusesTheRest) {
  EXPECT_EQ(quote("a\"\\\n"), "\"a\\\"\\\\\\n\"");
  EXPECT_EQ(quote("żółw 🐢"), "\"żółw 🐢\"");
  EXPECT_EQ(quote(std::string_view("\0", 1)), "\"\\u0000\"");
  EXPECT_THROW(quote("\xff"), JsonError);
}

TEST(JsonText, AProviderErrorIsATruthyErrorAtTheTop) {
  for (const char* text : {R"({"error":"no"})", R"({"output":1,"error":{"code":5}})", R"({"error":true})",
                           R"({"error":[]})", R"({ "error" : 0.1 })"}) {
    EXPECT_TRUE(has_provider_error(text)) << text;
  }
  for (const char* text :
       {R"({"error":null})", R"({"error":false})", R"({"error":""})", R"({"error":0})", R"({"error":-0.0})", R"({})",
        R"({"output":{"error":"inside"}})", R"(["error"])", R"("error")", "7", R"({"output":"\"error\":1"})"}) {
    EXPECT_FALSE(has_provider_error(text)) << text;
  }
}

}  // namespace
}  // namespace provider_host::cli
