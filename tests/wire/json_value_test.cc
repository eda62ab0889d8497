#include "wire/json_value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "wire/frame_codec.h"
#include "wire/json_text.h"

namespace provider_host::wire {
namespace {

using nlohmann::json;

std::string text_of(const json& value) {
  std::string text;
  append_json(text, value);
  return text;
}

TEST(JsonValue, WritesCompactText) {
  EXPECT_EQ(text_of({{"a", {1, -2, 3.5, true, false, nullptr}}, {"ü", "Grüezi \"x\"\n"}}),
            R"({"a":[1,-2,3.5,true,false,null],"ü":"Grüezi \"x\"\n"})");
  EXPECT_EQ(text_of(json::object()), "{}");
  EXPECT_EQ(text_of(json::array()), "[]");
  std::string text = "before ";
  append_json(text, 1);
  append_json_string(text, "x");
  EXPECT_EQ(text, "before 1\"x\"");
}

TEST(JsonValue, KeepsIntegersAndFloatsApartAndEveryDigit) {
  EXPECT_EQ(text_of(1.0), "1.0");
  EXPECT_EQ(text_of(-0.0), "-0.0");
  EXPECT_EQ(text_of(0.1), "0.1");
  EXPECT_EQ(text_of(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(text_of(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  for (const double value : {1e300, 1.7976931348623157e308, 5e-324, 0.1 + 0.2, 1e21, 123456789.0}) {
    const json back = parse_checked(text_of(value));
    EXPECT_TRUE(back.is_number_float());
    EXPECT_EQ(back.get<double>(), value);
  }
}

TEST(JsonValue, RefusesWhatHasNoJsonText) {
  EXPECT_THROW(text_of(std::nan("")), NoJsonText);
  EXPECT_THROW(text_of({{"a", {INFINITY}}}), NoJsonText);
  EXPECT_THROW(text_of("\xFF"), NoJsonText);
  EXPECT_THROW(text_of({{"\xC3", 1}}), NoJsonText);
  EXPECT_THROW(text_of(json::binary({1, 2})), NoJsonText);
  EXPECT_THROW(text_of(json(json::value_t::discarded)), NoJsonText);
}

TEST(JsonValue, RefusesWhatIsNestedTooDeeply) {
  json value = 1;
  for (std::size_t i = 0; i < kMaxValueDepth; ++i) value = json::array({std::move(value)});
  EXPECT_EQ(text_of(value).size(), 2 * kMaxValueDepth + 1);
  value = json::array({std::move(value)});
  EXPECT_THROW(text_of(value), NoJsonText);
}

TEST(JsonValue, ReadsEveryKindOfValue) {
  for (const char* text :
       {"null", "true", "false", "0", "-1", "18446744073709551615", "-9223372036854775808", "1.5", "-2e-3", "1E5",
        "\"\"", "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"", R"("\u0041\u00fc\u20ac\ud83d\ude00")", " [ ] ", "[1,[2,[3]],{}]",
        " { \"a\" : 1 , \"b\" : [ ] } ", "\"Grüezi 😀 and more\""}) {
    EXPECT_EQ(parse_checked(text), json::parse(text)) << text;
  }
}

TEST(JsonValue, ReadsIntegersBeyond64BitsAsDoubles) {
  EXPECT_EQ(parse_checked("18446744073709551616").get<double>(), 18446744073709551616.0);
  EXPECT_EQ(parse_checked("-9223372036854775809").get<double>(), -9223372036854775809.0);
  EXPECT_TRUE(parse_checked("123456789012345678901234567890").is_number_float());
  EXPECT_EQ(parse_checked(std::string(500, '9')).get<double>(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_checked("-1e999").get<double>(), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_checked("1e-999").get<double>(), 0);
}

TEST(JsonValue, TakesTheLastOfEqualKeys) { EXPECT_EQ(parse_checked(R"({"a":1,"a":2})"), json({{"a", 2}})); }

json random_value(std::mt19937& random, int depth) {
  switch (random() % (depth > 4 ? 5U : 7U)) {
    case 0:
      return static_cast<std::int64_t>(random()) - (std::int64_t{1} << 31);
    case 1:
      return std::ldexp(static_cast<double>(random()) - 2e9, static_cast<int>(random() % 200) - 100);
    case 2:
      return random() % 2 == 0;
    case 3:
      return nullptr;
    case 4: {
      std::string text;
      for (auto i = random() % 30; i > 0; --i)
        text += random() % 8 == 0 ? "😀" : std::string(1, static_cast<char>(random() % 0x80));
      return text;
    }
    case 5: {
      json items = json::array();
      for (auto i = random() % 5; i > 0; --i) items.push_back(random_value(random, depth + 1));
      return items;
    }
    default: {
      json members = json::object();
      for (auto i = random() % 5; i > 0; --i) members[std::to_string(random())] = random_value(random, depth + 1);
      return members;
    }
  }
}

TEST(JsonValue, GivesBackWhatItWroteAndAgreesWithAnotherParser) {
  std::mt19937 random(1234);
  for (int round = 0; round < 3000; ++round) {
    const json value = random_value(random, 0);
    const std::string text = text_of(value);
    ASSERT_EQ(json_error(text, kMaxValueDepth), std::nullopt) << text;
    ASSERT_EQ(parse_checked(text), value) << text;
    ASSERT_EQ(json::parse(text), value) << text;
    ASSERT_EQ(parse_checked(value.dump(2)), value);
  }
}

}  // namespace
}  // namespace provider_host::wire
