#include "wire/json_members.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace provider_host::wire {
namespace {

std::vector<std::string> values(std::string_view json) {
  std::vector<std::string> found;
  JsonMembers members(json);
  while (members.next()) found.emplace_back(members.value());
  return found;
}

using Values = std::vector<std::string>;

TEST(JsonMembers, are_those_of_an_object_or_an_array) {
  EXPECT_EQ(values(R"({"a":1,"b":[1,{"c":"]"}],"d":"}\"","e":null})"),
            (Values{"1", R"([1,{"c":"]"}])", R"("}\"")", "null"}));
  EXPECT_EQ(values(R"(["a",-1.5e3,[],{}])"), (Values{R"("a")", "-1.5e3", "[]", "{}"}));
  EXPECT_EQ(values(" { \"a\" : 1 ,\n\"b\" : [ 1 ] } "), (Values{"1", "[ 1 ]"}));
}

TEST(JsonMembers, are_none_in_other_values) {
  for (const char* json : {"{}", "[]", "[ ]", "1", R"("[1]")", "null", ""}) EXPECT_EQ(values(json), Values()) << json;
}

TEST(JsonMembers, are_found_by_name) {
  EXPECT_EQ(member(R"({"a":{"b":1},"b":2})", "b"), "2");
  EXPECT_EQ(member(R"({"\u0062":2})", "b"), "2");
  EXPECT_EQ(member(R"({"a":1})", "b"), "");
  EXPECT_EQ(first_item("[7,8]"), "7");
  EXPECT_EQ(first_item("[]"), "");
}

TEST(JsonMembers, have_their_names_as_they_stand) {
  JsonMembers members(R"({"a":1, "\u0062" : 2})");
  ASSERT_TRUE(members.next());
  EXPECT_EQ(members.name(), "a");
  ASSERT_TRUE(members.next());
  EXPECT_EQ(members.name(), R"(\u0062)");
  JsonMembers items("[1]");
  ASSERT_TRUE(items.next());
  EXPECT_EQ(items.name(), "");
}

TEST(JsonMembers, end_where_a_text_is_cut_off) {
  for (const char* json :
       {"{\"a", "{\"a\":", "{\"a\":\"", "{\"a\":\"\\", "{\"a\":[", "[1,", "[", "{,", "{:", "{\"\""}) {
    EXPECT_LE(values(json).size(), 1U) << json;
  }
}

TEST(JsonMembers, texts_are_decoded) {
  EXPECT_EQ(unescaped("plain ü"), "plain ü");
  EXPECT_EQ(unescaped(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(unescaped(R"(\u0041\u00fc\u20AC\ud83d\ude00!)"), "Aü€😀!");
  EXPECT_EQ(unescaped(R"(\ud83d\ud83d\ude00)"), "\uFFFD😀");
  EXPECT_EQ(unescaped(R"(\ude00x\ud83d)"), "\uFFFDx\uFFFD");
  EXPECT_EQ(unescaped(R"(\u0000)"), std::string(1, '\0'));
}

}  // namespace
}  // namespace provider_host::wire
