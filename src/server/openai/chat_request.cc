#include "server/openai/chat_request.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "server/openai/pick_members.h"
#include "server/openai/request_members.h"
#include "wire/json_members.h"
#include "wire/json_text.h"

namespace provider_host::server {
namespace {

// Those that reach a script come first.
constexpr std::size_t kChatConfigMembers = 14;
constexpr std::array<std::string_view, 27> kChatMembers{
    "model", "temperature", "top_p", "max_tokens", "max_completion_tokens", "stop", "seed", "frequency_penalty",
    "presence_penalty", "response_format", "reasoning_effort", "user", "metadata", "logit_bias",
    // read here
    "messages", "stream", "stream_options", "n", "modalities",
    // refused unless they ask for nothing
    "logprobs", "top_logprobs", "tools", "functions", "audio", "echo", "suffix", "web_search_options"};
struct ChatMember {
  enum : std::size_t { kModel = 0, kMessages = kChatConfigMembers, kStream, kStreamOptions, kN, kModalities, kRefused };
};

constexpr std::array<std::string_view, 6> kMessageRoles{R"("user")",      R"("assistant")", R"("system")",
                                                        R"("developer")", R"("tool")",      R"("function")"};

std::string place_in(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

bool asks_for_nothing(std::string_view json) {
  if (!is_given(json) || json == "false" || json == "0" || json == "\"\"") return true;
  return is_list(json) && !wire::JsonMembers(json).next();
}

void refuse_member(std::string_view param) {
  throw BadRequest("'" + std::string(param) + "' is not supported", std::string(param));
}

void check_modalities(std::string_view modalities) {
  if (!is_given(modalities)) return;
  if (!is_list(modalities)) throw BadRequest("'modalities' must be an array", "modalities");
  for (wire::JsonMembers items(modalities); items.next();) {
    if (items.value() != R"("text")") throw BadRequest("the only modality is 'text'", "modalities");
  }
}

struct Message {
  std::string_view role;
  std::string_view content;
};

Message read_message(std::string_view json, std::size_t index) {
  static constexpr std::array<std::string_view, 2> kNames{"role", "content"};
  if (!is_object(json)) throw BadRequest("each message must be an object", place_in("messages", index));
  const auto [role, content] = pick_members(json, kNames);
  if (std::find(kMessageRoles.begin(), kMessageRoles.end(), role) == kMessageRoles.end()) {
    throw BadRequest("a message must have the 'role' user, assistant, system, developer, tool or function",
                     place_in("messages", index) + ".role");
  }
  if (is_given(content) && !is_text(content) && !is_list(content)) {
    throw BadRequest("the 'content' of a message must be a text, an array of parts, or null",
                     place_in("messages", index) + ".content");
  }
  return {role, content};
}

struct LastUser {
  std::size_t index = 0;
  std::string_view content;
};

// Reads all messages; the last one of the user, if any.
std::optional<LastUser> check_messages(std::string_view messages) {
  if (!is_list(messages)) throw BadRequest("'messages' must be an array of messages", "messages");
  std::optional<LastUser> last;
  std::size_t count = 0;
  for (wire::JsonMembers items(messages); items.next(); ++count) {
    const Message message = read_message(items.value(), count);
    if (message.role == R"("user")") last = LastUser{count, message.content};
  }
  if (count == 0) throw BadRequest("'messages' must have at least one message", "messages");
  return last;
}

std::string type_name(std::string_view type) {
  constexpr std::size_t kLong = 40;
  return is_text(type) && type.size() < kLong ? "of the type " + std::string(type) : "of another type";
}

// A JSON string of the texts of all parts, a line end between them.
std::string join_parts(std::string_view parts, const std::string& param) {
  static constexpr std::array<std::string_view, 2> kNames{"type", "text"};
  std::string joined = "\"";
  std::size_t count = 0;
  for (wire::JsonMembers items(parts); items.next(); ++count) {
    const auto [type, text] = pick_members(items.value(), kNames);
    if (type != R"("text")") {
      throw BadRequest("this server passes the last user message as text; a part of it is " + type_name(type),
                       place_in(param, count));
    }
    if (!is_text(text)) throw BadRequest("a part of the type \"text\" must have a 'text'", place_in(param, count));
    if (count > 0) joined += "\\n";
    joined += text.substr(1, text.size() - 2);
  }
  if (count == 0) throw BadRequest("the last user message has no content", param);
  return joined += '"';
}

std::string last_user_prompt(const std::optional<LastUser>& last) {
  if (!last) throw BadRequest("there is no message with the role user", "messages");
  const std::string param = place_in("messages", last->index) + ".content";
  if (!is_given(last->content)) throw BadRequest("the last user message has no content", param);
  return is_text(last->content) ? std::string(last->content) : join_parts(last->content, param);
}

// As JSON text is often quotes and line ends, it gets longer.
std::string quoted_messages(std::string_view messages) {
  std::string quoted;
  quoted.reserve(messages.size() + messages.size() / 4 + 2);
  wire::append_quoted(quoted, messages);
  return quoted;
}

bool wants_usage(std::string_view stream_options) {
  if (!is_given(stream_options)) return false;
  if (!is_object(stream_options)) throw BadRequest("'stream_options' must be an object", "stream_options");
  static constexpr std::array<std::string_view, 1> kNames{"include_usage"};
  return is_true(pick_members(stream_options, kNames)[0], "stream_options.include_usage");
}

}  // namespace

ChatRequest parse_chat_request(std::string_view body, ChatPrompt how) {
  require_object(body);
  const auto members = pick_members(body, kChatMembers);
  for (std::size_t i = ChatMember::kRefused; i < kChatMembers.size(); ++i) {
    if (!asks_for_nothing(members[i])) refuse_member(kChatMembers[i]);
  }
  if (is_given(members[ChatMember::kN]) && members[ChatMember::kN] != "1") throw BadRequest("'n' must be 1", "n");
  check_modalities(members[ChatMember::kModalities]);

  ChatRequest request;
  request.model_json = model_of(members[ChatMember::kModel]);
  request.stream = is_true(members[ChatMember::kStream], "stream");
  request.include_usage = wants_usage(members[ChatMember::kStreamOptions]);
  const auto last_user = check_messages(members[ChatMember::kMessages]);
  request.prompt_json =
      how == ChatPrompt::kMessages ? quoted_messages(members[ChatMember::kMessages]) : last_user_prompt(last_user);
  request.options_json = R"({"config":{)";
  for (std::size_t i = 0; i < kChatConfigMembers; ++i) append_member(request.options_json, kChatMembers[i], members[i]);
  request.options_json += "}}";
  return request;
}

}  // namespace provider_host::server
