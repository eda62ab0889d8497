#include "server/openai/completion.h"

#include "server/openai/result_parts.h"
#include "server/openai/usage.h"

namespace provider_host::server {

std::string chat_completion(const CompletionHead& head, std::string_view result_json) {
  constexpr std::size_t kAround = 400;
  const ResultParts parts = parts_of_result(result_json);
  std::string body;
  body.reserve(kAround + head.id.size() + head.model_json.size() + parts.output.size());
  body.append(R"({"id":")").append(head.id);
  body.append(R"(","object":"chat.completion","created":)").append(std::to_string(head.created));
  body.append(R"(,"model":)").append(head.model_json);
  body.append(R"(,"choices":[{"index":0,"message":{"role":"assistant","content":)");
  append_content(body, parts.output);
  body.append(R"(,"refusal":null},"logprobs":null,"finish_reason":)");
  body.append(parts.finish_reason.empty() ? R"("stop")" : parts.finish_reason).append(R"(}],"usage":)");
  append_usage(body, usage_of_result(parts.token_usage).value_or(Usage()));
  return body += '}';
}

std::optional<std::string> provider_error(std::string_view result_json) {
  return error_text(parts_of_result(result_json).error);
}

}  // namespace provider_host::server
