#include "server/openai/embeddings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace provider_host::server {
namespace {

using nlohmann::json;
using Texts = std::vector<std::string>;

EmbeddingsRequest with_input(const std::string& input) {
  return parse_embeddings_request(R"({"input":)" + input + "}");
}

BadRequest embeddings_refusal(const std::string& body) {
  try {
    parse_embeddings_request(body);
  } catch (const BadRequest& bad) {
    return bad;
  }
  ADD_FAILURE() << "accepted: " << body;
  return BadRequest("");
}

std::string texts_of_a(std::size_t count) {
  std::string all = "[";
  for (std::size_t i = 0; i < count; ++i) all += i > 0 ? R"(,"a")" : R"("a")";
  return all + "]";
}

json listed(const Texts& results, bool base64 = false) {
  EmbeddingList list(R"("m")", base64);
  for (const std::string& result : results) EXPECT_EQ(list.add(result), std::nullopt) << result;
  return json::parse(list.finish());
}

TEST(EmbeddingsRequest, has_one_text_or_many) {
  EXPECT_EQ(with_input(R"("a\n")").inputs_json, Texts{R"("a\n")"});
  EXPECT_EQ(with_input(R"([ "a" , "", "ü" ])").inputs_json, (Texts{R"("a")", R"("")", R"("ü")"}));
  EXPECT_EQ(with_input(texts_of_a(2048)).inputs_json.size(), 2048U);
}

TEST(EmbeddingsRequest, passes_only_known_options_to_the_script) {
  const EmbeddingsRequest request = parse_embeddings_request(
      R"({"model":"m","input":"a","dimensions":256,"user":"u","apiKey":"x","encoding_format":"base64"})");
  EXPECT_EQ(request.options_json, R"({"config":{"model":"m","dimensions":256,"user":"u"}})");
  EXPECT_EQ(request.model_json, R"("m")");
  EXPECT_TRUE(request.base64);
  EXPECT_EQ(with_input(R"("a")").options_json, R"({"config":{}})");
}

TEST(EmbeddingsRequest, chooses_the_encoding) {
  EXPECT_FALSE(with_input(R"("a")").base64);
  EXPECT_FALSE(with_input(R"("a","encoding_format":null)").base64);
  EXPECT_FALSE(with_input(R"("a","encoding_format":"float")").base64);
  EXPECT_TRUE(with_input(R"("a","encoding_format":"base64")").base64);
  EXPECT_EQ(embeddings_refusal(R"({"input":"a","encoding_format":"int8"})").param, "encoding_format");
}

TEST(EmbeddingsRequest, says_what_to_do_instead_of_sending_tokens) {
  for (const char* input : {"[1,2]", "[-1]", "[[1,2]]", "[[]]"}) {
    const BadRequest bad = embeddings_refusal(R"({"input":)" + std::string(input) + "}");
    EXPECT_EQ(bad.param, "input");
    EXPECT_THAT(bad.message, ::testing::HasSubstr("check_embedding_ctx_length=False"));
  }
}

TEST(EmbeddingsRequest, says_what_is_wrong) {
  EXPECT_EQ(embeddings_refusal("{}").param, "input");
  EXPECT_EQ(embeddings_refusal(R"({"input":[]})").param, "input");
  EXPECT_EQ(embeddings_refusal(R"({"input":{}})").param, "input");
  EXPECT_EQ(embeddings_refusal(R"({"input":["a",null]})").param, "input[1]");
  EXPECT_EQ(embeddings_refusal(R"({"input":)" + texts_of_a(2049) + "}").param, "input");
  EXPECT_EQ(embeddings_refusal(R"({"input":"a","model":[]})").param, "model");
  EXPECT_EQ(embeddings_refusal("nonsense").status, 400);
}

TEST(EmbeddingList, is_what_clients_of_openai_read) {
  EXPECT_EQ(listed({R"({"embedding":[0.1, -2e-3,3],"tokenUsage":{"total":3,"prompt":2}})",
                    R"({"embedding":[1],"tokenUsage":{"total":4}})", R"({"embedding":[1]})"}),
            json::parse(R"({"object": "list", "model": "m", "data": [
              {"object": "embedding", "index": 0, "embedding": [0.1, -0.002, 3]},
              {"object": "embedding", "index": 1, "embedding": [1]},
              {"object": "embedding", "index": 2, "embedding": [1]}],
              "usage": {"prompt_tokens": 6, "total_tokens": 7}})"));
}

TEST(EmbeddingList, keeps_every_digit_of_numbers) {
  EmbeddingList list(R"("m")", false);
  list.add(R"({"embedding":[0.10000000000000000555]})");
  EXPECT_THAT(list.finish(), ::testing::HasSubstr("[0.10000000000000000555]"));
}

TEST(EmbeddingList, has_little_endian_floats_as_base64) {
  // import base64, struct; base64.b64encode(struct.pack("<3f", 1, -0.5, 0.1))
  const json list =
      listed({R"({"embedding":[1, -0.5,0.1]})", R"({"embedding":[1]})", R"({"embedding":[1,1.0]})"}, true);
  EXPECT_EQ(list["data"][0]["embedding"], "AACAPwAAAL/NzMw9");
  EXPECT_EQ(list["data"][1]["embedding"], "AACAPw==");
  EXPECT_EQ(list["data"][2]["embedding"], "AACAPwAAgD8=");
}

TEST(EmbeddingList, takes_numbers_beyond_a_float_for_zero_or_infinity) {
  EXPECT_EQ(listed({R"({"embedding":[1e-400,1e39,-1e400]})"}, true)["data"][0]["embedding"], "AAAAAAAAgH8AAID/");
}

TEST(EmbeddingList, says_when_a_result_has_no_embedding) {
  for (const char* result : {R"({"embedding":null})", R"({"embedding":[]})", R"({"embedding":["1"]})",
                             R"({"embedding":[1,null]})", R"({"embedding":[[1]]})", R"({"embedding":"1"})",
                             R"({"embedding":[{}]})", R"({"embedding":[true]})", "{}", "[1]"}) {
    EmbeddingList list(R"("m")", true);
    ASSERT_EQ(list.add(R"({"embedding":[1]})"), std::nullopt);
    EXPECT_THAT(list.add(result).value_or(""), ::testing::HasSubstr("input 1")) << result;
  }
}

}  // namespace
}  // namespace provider_host::server
