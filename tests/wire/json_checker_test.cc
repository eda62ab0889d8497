#include "wire/json_checker.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "wire/json_text.h"

namespace provider_host::wire {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

std::optional<std::string> find_error(std::string_view text, std::size_t depth = 100) {
  return JsonChecker(text, depth).find_error();
}

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

class Accepted : public testing::TestWithParam<const char*> {};
TEST_P(Accepted, IsJson) { EXPECT_EQ(find_error(GetParam()), std::nullopt); }
INSTANTIATE_TEST_SUITE_P(JsonChecker, Accepted,
                         testing::Values("null", "true", "false", "0", "-0", "-1", "12.5", "1e5", "1E+5", "1e-05",
                                         "-0.0e0", "1.7976931348623157e308", "1e400", R"("")", R"("a")",
                                         R"("\"\\\/\b\f\n\r\t")", R"("\u0000")", R"("\uD83D\uDE00")",
                                         R"("\ud83d\ude00")", R"("\uFFFF")", R"("\ue000\ud7ff")", "\"\x7f\"",
                                         "\"Gr\xC3\xBC\xC3\x9F\xF0\x9F\x98\x80\"", "[]", "{}", " [ ] ", "\t{\r\n}",
                                         "[1,2]", "[ 1 , [ ] , { } ]", R"({"a":1,"a":2})", R"({"":{"":[{}]}})",
                                         R"(["12345678","1234567","123456789012345678"])", R"([[[[]],{}],"",[]])",
                                         "[[1,2,3]]", "[[1,-2,0.5e-7, 4]]", R"([[1,2,"3",4,[5,6],7]])",
                                         R"({"a":[1,2,3],"b":4,"5":[-6]})",
                                         "\"a longer text, so that words are looked at\""));

class Rejected : public testing::TestWithParam<const char*> {};
TEST_P(Rejected, IsNoJson) { EXPECT_NE(find_error(GetParam()), std::nullopt); }
INSTANTIATE_TEST_SUITE_P(JsonChecker, Rejected,
                         testing::Values("", " ", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "-", "+1",
                                         "01", "-01", "1.", ".5", "1e", "1e+", "0x10", "1_000", "1 2", "1,", "[", "]",
                                         "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[}", "{]", "{", "{\"a\"",
                                         "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{\"a\" 1}", "{a:1}",
                                         "{1:2}", "{\"a\":1]", "[1}", "{,}", "{\"a\",1}", "\"", "\"a", "\"a\\",
                                         "\"a\\\"", "'a'", "\"\n\"", "\"\t\"", "\"12345678\x01\"", "\"\x1f\"",
                                         R"("\a")", R"("\x41")", R"("\u12")", R"("\u12G4")", R"("\u")", R"("\U0041")",
                                         R"("\ud800")", R"("\ud800x")", R"("\ud800\n")", R"("\ud800\u0041")",
                                         R"("\ud800\ud800")", R"("\udc00")", R"("\udc00\ud800")", R"("\ud83d\u12")",
                                         R"({"\ud800":1})", "// comment\n1", "[1]/*x*/", "\xEF\xBB\xBF{}", "\v1", "\f1",
                                         "\xC2\xA0"
                                         "1",
                                         "{}{}", "[] x", "nulltrue", "\"a\"\"b\"", "--1", "1-", "1e5.5", "tru", "f",
                                         "{\"a\":}", "[[1,2", "[[1,2,", "[[1,2,]]", "[[1,-]]", "[[1,-,2]]", "[[1,02]]",
                                         "[[1,,2]]", "[[1,2}]", "{\"a\":1,2}", "{\"a\":[1,2,3}"));

TEST(JsonChecker, RefusesANulByteBehindAValue) { EXPECT_NE(find_error(std::string_view("1\0", 2)), std::nullopt); }

TEST(JsonChecker, FindsEveryControlCharacterAtEveryPlaceOfAWord) {
  for (int c = 0; c < 0x20; ++c) {
    for (std::size_t at = 0; at < 24; ++at) {
      std::string text = "\"" + std::string(24, 'x') + "\"";
      text[at + 1] = static_cast<char>(c);
      EXPECT_NE(find_error(text), std::nullopt) << c << " at " << at;
    }
  }
}

TEST(JsonChecker, TakesEveryOtherAsciiCharacterAtEveryPlaceOfAWord) {
  for (int c = 0x20; c < 0x80; ++c) {
    if (c == '"' || c == '\\') continue;
    for (std::size_t at = 0; at < 17; ++at) {
      std::string text = "\"" + std::string(17, 'x') + "\"";
      text[at + 1] = static_cast<char>(c);
      EXPECT_EQ(find_error(text), std::nullopt) << c << " at " << at;
    }
  }
}

TEST(JsonChecker, TellsWhatIsWrongAndWhere) {
  EXPECT_THAT(find_error("[1,2"), Optional(std::string("cut off at byte 4")));
  EXPECT_THAT(find_error("[1 2]"), Optional(std::string("a comma or a closing bracket is missing at byte 3")));
  EXPECT_THAT(find_error("{} x"), Optional(HasSubstr("at byte 3")));
  EXPECT_THAT(find_error(""), Optional(HasSubstr("empty")));
}

TEST(JsonChecker, RefusesTextThatIsNotUtf8WhereverItStands) {
  const std::string plain(300, 'x');
  for (const std::string& before : {std::string(), std::string("\xC3\xA4"), plain, plain + "\\n\xC3\xA4"}) {
    EXPECT_EQ(find_error("[\"" + before + "\xC3\xA4\", \"\xC3\xA4" + plain + "\"]"), std::nullopt) << before;
    for (const char* const bad : {"\xFF", "\xC3", "\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80"}) {
      EXPECT_NE(find_error("[\"" + before + bad + "\"]"), std::nullopt) << before;
      EXPECT_NE(find_error("{\"" + before + bad + "\":1}"), std::nullopt) << before;
      EXPECT_NE(find_error("[\"" + before + "\"" + bad + "]"), std::nullopt) << before;
      EXPECT_NE(find_error("[\"" + before + "\"," + bad + "]"), std::nullopt) << before;
    }
  }
}

TEST(JsonChecker, CountsLevelsAgainstTheLimit) {
  EXPECT_EQ(find_error(nested(10), 10), std::nullopt);
  EXPECT_THAT(find_error(nested(11), 10), Optional(HasSubstr("nested more than 10 levels")));
  EXPECT_EQ(find_error(R"({"a":[{}]})", 3), std::nullopt);
  EXPECT_NE(find_error(R"({"a":[{}]})", 2), std::nullopt);
  EXPECT_EQ(find_error("1", 0), std::nullopt);
  EXPECT_NE(find_error("[]", 0), std::nullopt);
}

TEST(JsonChecker, SurvivesAMillionLevels) {
  EXPECT_NE(find_error(std::string(1'000'000, '['), 1000), std::nullopt);
  EXPECT_EQ(find_error(nested(1'000'000), 1'000'000), std::nullopt);
}

TEST(JsonChecker, TakesNumbersOfAnyLength) {
  const std::string digits(100'000, '9');
  EXPECT_EQ(find_error(digits), std::nullopt);
  EXPECT_EQ(find_error("-" + digits + "." + digits + "e" + digits), std::nullopt);
  EXPECT_NE(find_error(digits + "x"), std::nullopt);
}

std::string items_of(std::string_view text) {
  JsonChecker checker(text, 100);
  EXPECT_EQ(checker.find_error(), std::nullopt);
  return checker.items();
}

TEST(JsonChecker, KnowsTheKindsOfAnArraysItems) {
  EXPECT_EQ(items_of("[]"), "");
  EXPECT_EQ(items_of(R"( [ "a" , {"b":[1]}, [[2]], true, false, null, -1, 5 ] )"), "\"{[tfn-5");
  EXPECT_EQ(items_of(R"([[],{},""])"), "[{\"");
  EXPECT_EQ(items_of(R"({"a":[1,2]})"), "");
  EXPECT_EQ(items_of("17"), "");
}

// Turns `text` into something that is nearly it.
std::string mutated(std::string text, std::mt19937& random) {
  static constexpr std::string_view kBytes = "{}[]:,\"\\/ueE+-.0123456789dDcCaAfFntrlsb \t\n\r\x01x";
  const std::size_t count = 1 + random() % 4;
  for (std::size_t i = 0; i < count && !text.empty(); ++i) {
    const std::size_t at = random() % text.size();
    const char byte = kBytes[random() % kBytes.size()];
    switch (random() % 4) {
      case 0:
        text[at] = byte;
        break;
      case 1:
        text.insert(at, 1, byte);
        break;
      case 2:
        text.erase(at, 1 + random() % 3);
        break;
      default:
        text.insert(at, text.substr(random() % text.size(), random() % 8));
    }
  }
  return text;
}

// What nlohmann::json says; nothing when it gave up at a number that no double can hold, which is fine for us.
std::optional<bool> accepted_by_nlohmann(const std::string& text) {
  try {
    return !nlohmann::json::parse(text).is_discarded();
  } catch (const nlohmann::json::out_of_range&) {
    return std::nullopt;
  } catch (const nlohmann::json::parse_error&) {
    return false;
  }
}

// It refuses lone surrogates as well, so the two agree on everything but depth (and this stays shallow).
TEST(JsonChecker, AgreesWithAnotherParserOnDocumentsThatAreNearlyJson) {
  const std::vector<std::string> seeds = {
      R"({"type":"result","id":7,"result":{"output":"Gr\u00fcezi","n":[1,-2.5e+10,null,true,false]}})",
      R"(["\ud83d\ude00\\\"\/",{"a":{"b":[[],{}]}},0.5,"a text of more than eight bytes\n"])",
      R"([ 1 , "x" , { "k" : [ ] } , -0 , 1E5 ])", R"("\ud83d\ude00 and \uD7FF")", "-12.25e-3"};
  std::mt19937 random(4627);
  int fine = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = mutated(seeds[random() % seeds.size()], random);
    const bool ours = !json_error(text, 1000);
    ASSERT_EQ(ours, accepted_by_nlohmann(text).value_or(ours)) << text;
    fine += ours ? 1 : 0;
  }
  EXPECT_GT(fine, 1'000);  // otherwise nothing was compared
  EXPECT_LT(fine, 19'000);
}

TEST(JsonChecker, MayAllowLoneSurrogates) {
  for (const char* text : {R"("\ud800")", R"("\ud800x")", R"("\ud800\u0041")", R"("\ud800\ud800")", R"("\udc00")",
                           R"("\udc00\ud800\udc00")", R"({"\ud800":1})"}) {
    EXPECT_EQ(JsonChecker(text, 10, LoneSurrogates::kAllowed).find_error(), std::nullopt) << text;
  }
  for (const char* text : {R"("\ud800\u12")", R"("\ud80")", R"("\ud800\x")"}) {
    EXPECT_NE(JsonChecker(text, 10, LoneSurrogates::kAllowed).find_error(), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace provider_host::wire
