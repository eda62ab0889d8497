#include "server/openai/chat_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace provider_host::server {
namespace {

using nlohmann::json;

ChatRequest parsed(std::string_view body, ChatPrompt how = ChatPrompt::kMessages) {
  return parse_chat_request(body, how);
}

// With one message and these members besides.
ChatRequest with(const std::string& members) {
  return parsed(R"({"messages":[{"role":"user","content":"Hi"}],)" + members + "}");
}

BadRequest chat_refusal(std::string_view body, ChatPrompt how = ChatPrompt::kMessages) {
  try {
    parse_chat_request(body, how);
  } catch (const BadRequest& bad) {
    return bad;
  }
  ADD_FAILURE() << "accepted: " << body;
  return BadRequest("");
}

std::string param_of(std::string_view body) { return chat_refusal(body).param; }
std::string param_with(const std::string& members) {
  return param_of(R"({"messages":[{"role":"user","content":"Hi"}],)" + members + "}");
}

std::string last_user(const std::string& messages) {
  return json::parse(parsed(R"({"messages":)" + messages + "}", ChatPrompt::kLastUser).prompt_json);
}
BadRequest last_user_refusal(const std::string& messages) {
  return chat_refusal(R"({"messages":)" + messages + "}", ChatPrompt::kLastUser);
}

TEST(ChatRequest, passes_the_messages_as_they_were_sent) {
  const std::string messages = R"([ {"role" : "system", "content":"a\n\"b\""},{"role":"user","content":"Grüezi 😀"}])";
  const ChatRequest request = parsed("{\"model\": \"m\",\n \"messages\" : " + messages + " \n}");
  EXPECT_EQ(json::parse(request.prompt_json).get<std::string>(), messages);
  EXPECT_EQ(request.model_json, R"("m")");
  EXPECT_FALSE(request.stream);
  EXPECT_FALSE(request.include_usage);
}

TEST(ChatRequest, needs_no_more_than_messages) {
  const ChatRequest request = parsed(R"({"messages":[{"role":"user"}]})");
  EXPECT_EQ(request.model_json, "");
  EXPECT_EQ(request.options_json, R"({"config":{}})");
}

TEST(ChatRequest, passes_only_known_options_to_the_script) {
  EXPECT_EQ(with(R"("temperature":0.50,"apiKey":"x","apiBaseUrl":"y","config":{"a":1},"store":true,"model":"gpt",)"
                 R"("stop":["a", "b"],"tool_choice":"none","max_tokens":10)")
                .options_json,
            R"({"config":{"model":"gpt","temperature":0.50,"max_tokens":10,"stop":["a", "b"]}})");
  for (const std::string name :
       {"model", "temperature", "top_p", "max_tokens", "max_completion_tokens", "stop", "seed", "frequency_penalty",
        "presence_penalty", "response_format", "reasoning_effort", "user", "metadata", "logit_bias"}) {
    EXPECT_EQ(with("\"" + name + R"(":"v")").options_json, R"({"config":{")" + name + R"(":"v"}})");
  }
}

TEST(ChatRequest, takes_null_for_a_member_that_is_not_there) {
  const ChatRequest request =
      with(R"("model":null,"temperature":null,"stream":null,"stream_options":null,"n":null,"tools":null,)"
           R"("logprobs":null,"modalities":null)");
  EXPECT_EQ(request.model_json, "");
  EXPECT_EQ(request.options_json, R"({"config":{}})");
  EXPECT_FALSE(request.stream);
}

TEST(ChatRequest, streams_when_asked_to) {
  EXPECT_TRUE(with(R"("stream":true)").stream);
  EXPECT_FALSE(with(R"("stream":false)").stream);
  EXPECT_TRUE(with(R"("stream":true,"stream_options":{"include_usage":true})").include_usage);
  EXPECT_FALSE(with(R"("stream":true,"stream_options":{"include_usage":false,"other":1})").include_usage);
  EXPECT_EQ(param_with(R"("stream":"yes")"), "stream");
  EXPECT_EQ(param_with(R"("stream_options":[])"), "stream_options");
  EXPECT_EQ(param_with(R"("stream_options":{"include_usage":1})"), "stream_options.include_usage");
}

TEST(ChatRequest, counts_the_last_of_equal_names) {
  const ChatRequest request =
      parsed(R"({"messages":1,"stream":true,"messages":[{"role":"x","content":1,"role":"user","content":"b"}],)"
             R"("stream":false,"model":"a","mod\u0065l":"b","temperature":1,"temperature":2})",
             ChatPrompt::kLastUser);
  EXPECT_EQ(request.prompt_json, R"("b")");
  EXPECT_FALSE(request.stream);
  EXPECT_EQ(request.options_json, R"({"config":{"model":"b","temperature":2}})");
}

TEST(ChatRequest, is_refused_by_name_when_it_cannot_be_honoured) {
  for (const auto& [member, param] : std::initializer_list<std::pair<std::string, std::string>>{
           {R"("n":2)", "n"},
           {R"("logprobs":true)", "logprobs"},
           {R"("top_logprobs":3)", "top_logprobs"},
           {R"("tools":[{"type":"function"}])", "tools"},
           {R"("functions":[{"name":"f"}])", "functions"},
           {R"("echo":true)", "echo"},
           {R"("suffix":"x")", "suffix"},
           {R"("audio":{"voice":"v"})", "audio"},
           {R"("modalities":["text","audio"])", "modalities"},
           {R"("modalities":"audio")", "modalities"},
           {R"("web_search_options":{})", "web_search_options"}}) {
    EXPECT_EQ(param_with(member), param);
  }
}

TEST(ChatRequest, may_ask_for_what_is_so_anyway) {
  for (const char* member : {R"("n":1)", R"("logprobs":false)", R"("top_logprobs":0)", R"("tools":[ ])",
                             R"("functions":[])", R"("echo":false)", R"("suffix":"")", R"("modalities":["text"])",
                             R"("tool_choice":"auto")", R"("parallel_tool_calls":true)"}) {
    EXPECT_NO_THROW(with(member)) << member;
  }
}

TEST(ChatRequest, says_what_is_no_request) {
  EXPECT_EQ(chat_refusal("").message, "the body of the request is not JSON: empty at byte 0");
  EXPECT_THAT(chat_refusal(R"({"messages":[)").message, ::testing::HasSubstr("cut off at byte 13"));
  EXPECT_EQ(chat_refusal("[]").message, "the body of the request must be a JSON object");
  EXPECT_EQ(chat_refusal("{}").status, 400);
  EXPECT_NE(chat_refusal("{\"messages\":\"\xff\"}").message, "");
  EXPECT_NE(chat_refusal(std::string(2000, '[') + std::string(2000, ']')).message, "");
}

TEST(ChatRequest, says_which_message_is_wrong) {
  EXPECT_EQ(param_of("{}"), "messages");
  EXPECT_EQ(param_of(R"({"messages":"Hi"})"), "messages");
  EXPECT_EQ(param_of(R"({"messages":[]})"), "messages");
  EXPECT_EQ(param_of(R"({"messages":["Hi"]})"), "messages[0]");
  EXPECT_EQ(param_of(R"({"messages":[{"role":"user"},{"content":"a"}]})"), "messages[1].role");
  EXPECT_EQ(param_of(R"({"messages":[{"role":"robot","content":"a"}]})"), "messages[0].role");
  EXPECT_EQ(param_of(R"({"messages":[{"role":1,"content":"a"}]})"), "messages[0].role");
  EXPECT_EQ(param_of(R"({"messages":[{"role":"user","content":1}]})"), "messages[0].content");
  EXPECT_EQ(param_of(R"({"model":1,"messages":[{"role":"user","content":""}]})"), "model");
}

TEST(ChatRequest, knows_the_roles_and_kinds_of_content_of_openai) {
  for (const std::string role : {"system", "developer", "user", "assistant", "tool", "function"}) {
    EXPECT_NO_THROW(parsed(R"({"messages":[{"role":")" + role + R"("}]})")) << role;
  }
  for (const std::string content : {R"("a")", R"([{"type":"image_url","image_url":{"url":"u"}}])", "null", "[]"}) {
    EXPECT_NO_THROW(parsed(R"({"messages":[{"role":"user","content":)" + content + "}]}")) << content;
  }
}

TEST(ChatRequest, passes_the_last_message_of_the_user_when_told_to) {
  EXPECT_EQ(last_user(R"([{"role":"user","content":"a"},{"role":"user","content":"b\n"},)"
                      R"({"role":"assistant","content":"c"}])"),
            "b\n");
  EXPECT_EQ(last_user(R"([{"role":"user","content":""}])"), "");
  EXPECT_EQ(last_user(R"([{"role":"user","content":[{"type":"text","text":"a\""},{"text":"b","type":"text"}]}])"),
            "a\"\nb");
}

TEST(ChatRequest, says_when_the_last_message_of_the_user_is_no_text) {
  EXPECT_EQ(last_user_refusal(R"([{"role":"system","content":"a"}])").param, "messages");
  EXPECT_EQ(last_user_refusal(R"([{"role":"user","content":null}])").param, "messages[0].content");
  EXPECT_EQ(last_user_refusal(R"([{"role":"user","content":[]}])").param, "messages[0].content");
  const BadRequest image = last_user_refusal(
      R"([{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{}}]}])");
  EXPECT_EQ(image.param, "messages[0].content[1]");
  EXPECT_THAT(image.message, ::testing::HasSubstr("image_url"));
  EXPECT_EQ(last_user_refusal(R"([{"role":"user","content":["a"]}])").param, "messages[0].content[0]");
  EXPECT_EQ(last_user_refusal(R"([{"role":"user","content":[{"type":"text"}]}])").param, "messages[0].content[0]");
}

}  // namespace
}  // namespace provider_host::server
