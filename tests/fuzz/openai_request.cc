// Whatever a client sends, it is refused with an error that can be shown, or what reaches the script is JSON. Whatever
// a script sends, JSON as it is, becomes responses that are JSON.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/openai/chat_chunks.h"
#include "server/openai/chat_request.h"
#include "server/openai/completion.h"
#include "server/openai/embeddings.h"
#include "server/openai/error_body.h"
#include "server/openai/request_members.h"
#include "wire/json_text.h"

namespace server = provider_host::server;
namespace wire = provider_host::wire;

namespace {

void expect(bool fine) {
  if (!fine) std::abort();
}

bool is_json(std::string_view text) { return !wire::json_error(text, wire::kMaxValueDepth); }
bool is_json_text(std::string_view text) { return text.starts_with('"') && is_json(text); }
bool is_json_object(std::string_view text) { return text.starts_with('{') && is_json(text); }

void check_refusal(const server::BadRequest& bad) {
  expect(!bad.message.empty() && bad.status == 400 && wire::is_utf8(bad.message) && wire::is_utf8(bad.param));
  expect(is_json(server::openai_error(bad.message, "invalid_request_error", bad.param, "invalid_request")));
}

void check_chat_request(std::string_view body, server::ChatPrompt how) {
  try {
    const server::ChatRequest request = server::parse_chat_request(body, how);
    expect(is_json_object(request.options_json) && is_json_text(request.prompt_json));
    expect(request.model_json.empty() || is_json_text(request.model_json));
  } catch (const server::BadRequest& bad) {
    check_refusal(bad);
  }
}

void check_embeddings_request(std::string_view body) {
  try {
    const server::EmbeddingsRequest request = server::parse_embeddings_request(body);
    expect(is_json_object(request.options_json) && !request.inputs_json.empty());
    for (const std::string& input : request.inputs_json) expect(is_json_text(input));
    expect(request.model_json.empty() || is_json_text(request.model_json));
  } catch (const server::BadRequest& bad) {
    check_refusal(bad);
  }
}

void check_events(std::string_view events) {
  constexpr std::string_view kStart = "data: ";
  while (!events.empty()) {
    const std::size_t end = events.find("\n\n");
    expect(events.starts_with(kStart) && end != std::string_view::npos);
    expect(is_json_object(events.substr(kStart.size(), end - kStart.size())));
    events.remove_prefix(end + 2);
  }
}

// Of hosts, which write JSON in one line.
void check_responses(std::string_view result) {
  const server::CompletionHead head{"chatcmpl-1", 1, R"("m")"};
  expect(is_json_object(server::chat_completion(head, result)));
  if (const auto error = server::provider_error(result)) expect(is_json(server::openai_provider_error(*error)));
  server::ChatChunks chunks(head, true);
  check_events(chunks.first());
  for (int i = 0; i < 2; ++i) {
    if (const auto text = chunks.text(result)) check_events(*text);
  }
  check_events(chunks.text("\"a\"").value_or(""));
  check_events(chunks.last(result.size() % 2 == 0 ? "null" : result));
  for (const bool base64 : {false, true}) {
    server::EmbeddingList list(R"("m")", base64);
    const bool fine = !list.add(result);
    if (fine) expect(is_json_object(list.finish()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_chat_request(text, server::ChatPrompt::kMessages);
  check_chat_request(text, server::ChatPrompt::kLastUser);
  check_embeddings_request(text);
  const bool one_line = text.find_first_of("\r\n") == std::string_view::npos;
  if (one_line && !wire::json_error(text, server::kMaxRequestDepth - 10)) check_responses(text);
  return 0;
}
