#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/openai/bad_request.h"

namespace provider_host::server {

/// What the script gets as its prompt.
enum class ChatPrompt : std::uint8_t {
  kMessages,  ///< The JSON text of `messages`, as promptfoo passes a conversation.
  kLastUser,  ///< The content of the last message with the role `user`.
};

/// What a call needs of a request to `/v1/chat/completions` (docs/reference/http.md, "OpenAI requests").
struct ChatRequest {
  std::string model_json;   ///< A JSON string; empty when the request has none.
  std::string prompt_json;  ///< The first argument of the call, a JSON string.
  std::string
      options_json;  ///< The second: `{"config":{…}}` with those members that reach a script, as they were sent.
  bool stream = false;
  bool include_usage = false;  ///< A stream ends with a chunk that has the usage.
};

/// `body` is any bytes. Throws BadRequest for what is malformed, or asks for what cannot be done.
ChatRequest parse_chat_request(std::string_view body, ChatPrompt how);

}  // namespace provider_host::server
