#include "server/openai/completion.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace provider_host::server {
namespace {

using nlohmann::json;

const CompletionHead kHead{"chatcmpl-1", 17, R"("m\u00fc")"};

json completed(std::string_view result) { return json::parse(chat_completion(kHead, result)); }
std::string content_of(std::string_view result) { return completed(result)["choices"][0]["message"]["content"]; }

TEST(ChatCompletion, is_what_clients_of_openai_read) {
  EXPECT_EQ(completed(R"({"output":"Hi"})"), json::parse(R"({
    "id": "chatcmpl-1", "object": "chat.completion", "created": 17, "model": "mü",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi", "refusal": null}, "logprobs": null,
                 "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}})"));
}

TEST(ChatCompletion, has_the_output_as_its_content) {
  EXPECT_EQ(content_of(R"({"cost":1,"output":"a\n\"\u00fc\ud83d\ude00"})"), "a\n\"ü😀");
  EXPECT_EQ(content_of(R"({"output":""})"), "");
  EXPECT_EQ(content_of(R"({"output":null})"), "");
  EXPECT_EQ(content_of(R"({"error":null})"), "");
}

TEST(ChatCompletion, has_the_json_of_an_output_that_is_no_text) {
  EXPECT_EQ(content_of(R"({"output":{"a":["b\n",1.50]}})"), R"({"a":["b\n",1.50]})");
  EXPECT_EQ(content_of(R"({"output":[1,2]})"), "[1,2]");
  EXPECT_EQ(content_of(R"({"output":0})"), "0");
  EXPECT_EQ(content_of(R"({"output":false})"), "false");
}

TEST(ChatCompletion, takes_a_result_that_is_no_object_for_the_output) {
  EXPECT_EQ(content_of(R"("Hi")"), "Hi");
  EXPECT_EQ(content_of("[1]"), "[1]");
  EXPECT_EQ(content_of("null"), "");
}

TEST(ChatCompletion, has_the_tokens_of_the_result) {
  const auto usage = [](const std::string& tokens) {
    const json found = completed(R"({"output":"","tokenUsage":)" + tokens + "}")["usage"];
    return json{found["prompt_tokens"], found["completion_tokens"], found["total_tokens"]}.dump();
  };
  EXPECT_EQ(usage(R"({"total":7,"prompt":3,"completion":4,"numRequests":1})"), "[3,4,7]");
  EXPECT_EQ(usage(R"({"total":7})"), "[0,0,7]");
  EXPECT_EQ(usage(R"({"prompt":3,"completion":4})"), "[3,4,7]");
  EXPECT_EQ(usage(R"({"prompt":3.0,"completion":-1,"total":"7"})"), "[3,0,0]");
  EXPECT_EQ(usage(R"({"prompt":1e999,"completion":null,"total":1e300})"), "[0,0,0]");
  EXPECT_EQ(usage("null"), "[0,0,0]");
  EXPECT_EQ(usage("5"), "[0,0,0]");
}

TEST(ChatCompletion, has_the_finish_reason_of_the_result) {
  EXPECT_EQ(completed(R"({"output":"","finishReason":"length"})")["choices"][0]["finish_reason"], "length");
  EXPECT_EQ(completed(R"({"output":"","finishReason":1})")["choices"][0]["finish_reason"], "stop");
}

TEST(ProviderError, is_the_error_that_a_provider_returns) {
  EXPECT_EQ(provider_error(R"({"error":"rate \u00fc\n"})"), "rate ü\n");
  EXPECT_EQ(provider_error(R"({"output":"a", "error" : "no"})"), "no");
  EXPECT_EQ(provider_error(R"({"error":{"code":5}})"), R"({"code":5})");
  EXPECT_EQ(provider_error(R"({"error":true})"), "true");
  EXPECT_EQ(provider_error(R"({"error":-1.5})"), "-1.5");
  EXPECT_EQ(provider_error(R"({"error":[]})"), "[]");
}

TEST(ProviderError, is_not_there_when_it_says_nothing) {
  for (const char* result :
       {R"({"output":"a"})", R"({"error":null})", R"({"error":false})", R"({"error":""})", R"({"error":0})",
        R"({"error":-0.0e5})", R"({"output":{"error":"deep"}})", R"("error")", R"(["error"])", "null", "{}"}) {
    EXPECT_EQ(provider_error(result), std::nullopt) << result;
  }
}

}  // namespace
}  // namespace provider_host::server
