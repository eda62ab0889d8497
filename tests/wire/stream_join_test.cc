#include "wire/stream_join.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace provider_host::wire {
namespace {

using Items = std::initializer_list<std::string_view>;

StreamJoin joined(Items items, std::string_view key = "output") {
  StreamJoin join(key);
  for (const std::string_view item : items) join.add(item);
  return join;
}

std::string result(Items items, std::string_view key = "output") { return joined(items, key).result(); }

TEST(StreamJoin, puts_texts_one_behind_the_other) {
  EXPECT_EQ(result({R"("Gr")", R"("\u00fcezi\n")", R"("")"}), R"({"output":"Gr\u00fcezi\n"})");
  EXPECT_EQ(result({R"({"output":"a"})", R"({"output":"b"})"}), R"({"output":"ab"})");
  EXPECT_EQ(result({}), R"({"output":""})");
}

TEST(StreamJoin, leaves_out_items_without_text) {
  EXPECT_EQ(result({"1", R"("a")", R"({"role":"x"})", R"("b")", "null"}), R"({"output":"ab"})");
}

TEST(StreamJoin, lists_items_when_none_has_text) {
  EXPECT_EQ(result({"1", R"({"a":[2]})", "null"}), R"({"output":[1,{"a":[2]},null]})");
}

TEST(StreamJoin, takes_a_whole_result_at_the_end_as_it_is) {
  EXPECT_EQ(result({R"("a")", R"({"output":"all","cost":1})"}), R"({"output":"all","cost":1})");
  EXPECT_EQ(result({R"("a")", R"({"error":"no"})"}), R"({"error":"no"})");
  EXPECT_EQ(result({R"({"output":{"a":1}})"}), R"({"output":{"a":1}})");
  EXPECT_EQ(result({R"("a")", R"({"output":"all","cost":1})", R"("b")"}), R"({"output":"ab"})") << "not at the end";
}

TEST(StreamJoin, knows_a_delta_from_a_whole_result_by_what_came_before) {
  EXPECT_EQ(result({R"("a")", R"("b")", R"({"output":"ab!"})"}), R"({"output":"ab!"})");
  EXPECT_EQ(result({R"({"choices":[{"delta":{"content":"a"}}]})", R"({"output":"a!"})"}), R"({"output":"a!"})");
  EXPECT_EQ(result({R"({"output":"a"})", R"({"output":"b"})"}), R"({"output":"ab"})");
  EXPECT_EQ(result({"1", R"({"output":"b"})"}), R"({"output":"b"})");
}

TEST(StreamJoin, knows_the_results_of_other_apis) {
  EXPECT_EQ(result({R"("x")", R"({"embedding":[1]})"}, "embedding"), R"({"embedding":[1]})");
  EXPECT_EQ(result({R"("x")", R"({"output":"y"})"}, "embedding"), R"({"output":"xy"})");
  EXPECT_EQ(result({R"("x")", R"({"error":"y"})"}, "classification"), R"({"error":"y"})");
}

TEST(StreamJoin, joins_chunks_and_keeps_their_last_usage) {
  EXPECT_EQ(
      result({R"({"choices":[{"delta":{"role":"assistant","content":""}}],"usage":null})",
              R"({"choices":[{"delta":{"content":"Hi"}}],"usage":{"total_tokens":1}})", R"({"choices":[{"delta":{}}]})",
              R"({"choices":[],"usage":{"prompt_tokens":2,"completion_tokens":3,"total_tokens":5,"x":{}}})"}),
      R"({"output":"Hi","tokenUsage":{"total":5,"prompt":2,"completion":3}})");
  EXPECT_EQ(result({R"({"choices":[],"usage":{"prompt_tokens":null,"total_tokens":"5"}})"}), R"({"output":""})");
}

TEST(StreamJoin, tells_what_has_come_so_far) {
  EXPECT_EQ(joined({}).partial(), std::nullopt);
  EXPECT_EQ(joined({R"("a\n")", "1"}).partial(), "a\n");
  EXPECT_EQ(joined({"1", R"({"a":"\n"})"}).partial(), R"([1,{"a":"\n"}])");
}

TEST(StreamJoin, knows_how_large_it_is) {
  const StreamJoin join = joined({R"("aaaaaaaa")", R"({"choices":[],"usage":{"total_tokens":5}})"});
  EXPECT_GE(join.size(), join.result().size());
  EXPECT_GE(joined({"1", "2"}).size(), joined({"1", "2"}).result().size());
}

}  // namespace
}  // namespace provider_host::wire
