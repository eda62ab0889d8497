#include "server/openai/chat_chunks.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace provider_host::server {
namespace {

using nlohmann::json;
using Items = std::initializer_list<std::string_view>;

const CompletionHead kStreamHead{"chatcmpl-1", 17, R"("m")"};

// The data of each event; all of them must be JSON.
std::vector<json> events(std::string_view text) {
  std::vector<json> found;
  while (!text.empty()) {
    const std::size_t end = text.find("\n\n");
    EXPECT_TRUE(text.starts_with("data: ") && end != std::string_view::npos) << text;
    found.push_back(json::parse(text.substr(6, end - 6)));
    text.remove_prefix(end + 2);
  }
  return found;
}

// What a client has at the end.
struct Received {
  std::vector<std::string> contents;
  std::string finish_reason;
  json usage;
  json error;
};

Received received(Items items, std::string_view outcome = "null", bool include_usage = true) {
  ChatChunks chunks(kStreamHead, include_usage);
  std::string text = chunks.first();
  for (const std::string_view item : items) {
    if (!chunks.provider_error()) text += chunks.text(item).value_or("");
  }
  if (!chunks.provider_error()) text += chunks.last(outcome);
  Received all;
  for (const json& event : events(text)) {
    if (event.contains("error")) {
      EXPECT_EQ(all.error, nullptr);
      all.error = event["error"];
      continue;
    }
    EXPECT_EQ(all.error, nullptr) << "the error comes last";
    if (event["choices"].empty()) {
      all.usage = event["usage"];
      continue;
    }
    const json& choice = event["choices"][0];
    const std::string content = choice["delta"].value("content", "");
    if (!content.empty()) all.contents.push_back(content);
    if (!choice["finish_reason"].is_null()) all.finish_reason = choice["finish_reason"];
  }
  return all;
}

using Contents = std::vector<std::string>;
Contents contents(Items items, std::string_view outcome = "null") { return received(items, outcome).contents; }

TEST(ChatChunks, begin_with_the_role) {
  EXPECT_EQ(events(ChatChunks(kStreamHead, false).first()), std::vector<json>{json::parse(R"({
    "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 17, "model": "m",
    "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "logprobs": null,
                 "finish_reason": null}]})")});
}

TEST(ChatChunks, have_the_text_of_an_item_in_the_delta) {
  ChatChunks chunks(kStreamHead, false);
  const auto text = chunks.text(R"("a\n\u00fc")");
  ASSERT_TRUE(text);
  EXPECT_EQ(events(*text), std::vector<json>{json::parse(R"({
    "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 17, "model": "m",
    "choices": [{"index": 0, "delta": {"content": "a\nü"}, "logprobs": null, "finish_reason": null}]})")});
}

TEST(ChatChunks, end_with_the_finish_reason) {
  ChatChunks chunks(kStreamHead, false);
  EXPECT_EQ(events(chunks.last("null")), std::vector<json>{json::parse(R"({
    "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 17, "model": "m",
    "choices": [{"index": 0, "delta": {}, "logprobs": null, "finish_reason": "stop"}]})")});
  EXPECT_EQ(ChatChunks::done(), "data: [DONE]\n\n");
}

TEST(ChatChunks, have_the_usage_behind_all_others_when_asked_for) {
  ChatChunks chunks(kStreamHead, true);
  EXPECT_EQ(events(chunks.first())[0]["usage"], nullptr);
  EXPECT_TRUE(events(chunks.first())[0].contains("usage"));
  const auto last = events(chunks.last(R"({"output":"","tokenUsage":{"total":7,"prompt":3,"completion":4}})"));
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(last[0]["choices"][0]["finish_reason"], "stop");
  EXPECT_EQ(last[1], json::parse(R"({
    "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 17, "model": "m", "choices": [],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}})"));
}

TEST(ChatChunks, can_add_nothing) {
  const auto heartbeat = events(ChatChunks(kStreamHead, false).heartbeat());
  EXPECT_EQ(heartbeat[0]["choices"][0]["delta"], json::object());
  EXPECT_EQ(heartbeat[0]["choices"][0]["finish_reason"], nullptr);
  EXPECT_EQ(ChatChunks(kStreamHead, false).text(R"("")"), std::nullopt);
  EXPECT_EQ(ChatChunks(kStreamHead, false).text("null"), std::nullopt);
}

TEST(ChatChunks, have_the_texts_of_items_as_they_come) {
  EXPECT_EQ(contents({R"("Hello")", R"(" you")"}), (Contents{"Hello", " you"}));
  EXPECT_EQ(contents({R"({"output":"Hello"})", R"({"output":" you"})"}), (Contents{"Hello", " you"}));
  EXPECT_EQ(contents({R"({"choices":[{"delta":{"role":"assistant"}}]})", R"({"choices":[{"delta":{"content":"Hi"}}]})",
                      R"({"choices":[{"text":"!"}]})", R"({"choices":[]})"}),
            (Contents{"Hi", "!"}));
}

TEST(ChatChunks, have_values_without_text_as_json_on_lines) {
  EXPECT_EQ(contents({R"({"score":"\n"})", "1", "[2]", "null"}), (Contents{R"({"score":"\n"})", "\n1", "\n[2]"}));
  EXPECT_EQ(contents({R"({"choices":[{"message":{}}]})"}), Contents{R"({"choices":[{"message":{}}]})"});
}

TEST(ChatChunks, have_the_output_of_a_function_that_does_not_stream_once) {
  for (const char* result : {R"({"output":"Hi"})", R"({"output":"Hi","cost":1})", R"("Hi")"}) {
    EXPECT_EQ(contents({result}, result), Contents{"Hi"}) << result;
    EXPECT_EQ(contents({}, result), Contents{"Hi"}) << result;
  }
  EXPECT_EQ(contents({R"({"output":{"a":1}})"}, R"({"output":{"a":1}})"), Contents{R"({"a":1})"});
  EXPECT_EQ(contents({"null"}), Contents{});
}

TEST(ChatChunks, take_no_text_from_a_whole_result_behind_others) {
  EXPECT_EQ(contents({R"("Hello")", R"({"output":"Hello!","cost":1})"}), Contents{"Hello"});
  EXPECT_EQ(contents({R"("Hello")"}, R"({"output":"Hello!"})"), Contents{"Hello"});
  EXPECT_EQ(contents({R"({"output":"Hel","cost":1})", R"({"output":"Hello","cost":2})"}), Contents{"Hello"});
  EXPECT_EQ(contents({R"({"output":"all","cost":1})", R"("Hello")"}), Contents{"Hello"}) << "as one result has it";
}

TEST(ChatChunks, do_not_repeat_bare_texts_that_come_again_as_output) {
  EXPECT_EQ(contents({R"("Hello")", R"(" you")", R"({"output":"Hello you"})"}), (Contents{"Hello", " you"}));
  EXPECT_EQ(contents({R"("Hello")", R"({"output":" you"})", R"("!")"}), (Contents{"Hello", " you", "!"}));
  EXPECT_EQ(contents({R"("Hello")", R"({"output":" you"})"}, R"({"output":"Hello you"})"), (Contents{"Hello", " you"}));
  EXPECT_EQ(contents({R"("")", R"({"output":"Hi"})"}), Contents{"Hi"}) << "there was nothing to repeat";
}

TEST(ChatChunks, have_the_usage_of_results_and_chunks) {
  const auto usage = [](Items items, std::string_view outcome = "null") {
    return received(items, outcome).usage.dump();
  };
  const std::string seven = R"({"completion_tokens":4,"prompt_tokens":3,"total_tokens":7})";
  EXPECT_EQ(usage({R"("a")", R"({"output":"a","tokenUsage":{"total":7,"prompt":3,"completion":4}})"}), seven);
  EXPECT_EQ(usage({R"("a")"}, R"({"output":"a","tokenUsage":{"total":7,"prompt":3,"completion":4}})"), seven);
  EXPECT_EQ(usage({R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}})"}), seven);
  EXPECT_EQ(
      usage({R"({"choices":[],"usage":{"prompt_tokens":3,"prompt_tokens_details":{"cached_tokens":2}}})"}),
      R"({"completion_tokens":0,"prompt_tokens":3,"prompt_tokens_details":{"cached_tokens":2},"total_tokens":3})");
  EXPECT_EQ(usage({R"("a")"}), R"({"completion_tokens":0,"prompt_tokens":0,"total_tokens":0})");
  EXPECT_EQ(received({R"("a")"}, "null", false).usage, nullptr);
}

TEST(ChatChunks, have_the_finish_reason_of_results_and_chunks) {
  EXPECT_EQ(received({R"("a")"}, R"({"output":"a","finishReason":"length"})").finish_reason, "length");
  EXPECT_EQ(received({R"({"output":"a","finishReason":"length"})"}).finish_reason, "length");
  EXPECT_EQ(received({R"({"choices":[{"delta":{"content":"a"},"finish_reason":null}]})",
                      R"({"choices":[{"delta":{},"finish_reason":"content_filter"}]})", R"({"choices":[]})"})
                .finish_reason,
            "content_filter");
}

TEST(ChatChunks, end_with_a_providers_own_error) {
  for (const Items items : {Items{R"("a")", R"({"error":"too many"})"},
                            Items{R"("a")", R"({"choices":[],"error":"too many"})", R"("never read")"}}) {
    const Received all = received(items);
    EXPECT_EQ(all.error, json::parse(R"({"message": "too many", "type": "provider_error", "param": null,
                                         "code": "provider_error"})"));
    EXPECT_EQ(all.contents, Contents{"a"});
    EXPECT_EQ(all.finish_reason, "");
  }
  EXPECT_EQ(received({R"("a")"}, R"({"output":"a","error":"late"})").error["message"], "late");
  EXPECT_EQ(received({R"({"output":"a","error":null})"}).error, nullptr);
}

TEST(ChatChunks, end_with_the_error_of_a_call_that_failed) {
  Error error;
  error.kind = ErrorKind::kHostCrashed;
  error.message = "the host died";
  EXPECT_EQ(events(ChatChunks::error(error))[0]["error"], json::parse(R"({
    "message": "the host died", "type": "server_error", "param": null, "code": "host_crashed"})"));
}

}  // namespace
}  // namespace provider_host::server
