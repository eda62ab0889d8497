#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace provider_host::server {

/// What all responses to one chat request have in common.
struct CompletionHead {
  std::string id;            ///< `chatcmpl-…`, ASCII that needs no escapes.
  std::int64_t created = 0;  ///< Unix time in seconds.
  std::string model_json;    ///< A JSON string.
};

/// The body of the response with the result of `call_api`, valid JSON: `output` is the content (docs/reference/http.md
/// says how). Of a result with a provider's own error, see provider_error() first.
std::string chat_completion(const CompletionHead& head, std::string_view result_json);

/// The text of a provider's own `error`: a text itself, of another value its JSON. Nothing when `result_json`, valid
/// JSON, is no object or its `error` is absent, null, false, "" or 0.
std::optional<std::string> provider_error(std::string_view result_json);

}  // namespace provider_host::server
