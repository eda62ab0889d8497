#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace provider_host::server {

/// How many tokens a completion took.
struct Usage {
  std::uint64_t prompt = 0;
  std::uint64_t completion = 0;
  std::uint64_t total = 0;
  /// Members `prompt_tokens_details` and `completion_tokens_details` as a script's chunk had them, each with a comma
  /// before it.
  std::string details;
};

/// Of promptfoo's `tokenUsage`, valid JSON: `total`, `prompt`, `completion`. Nothing when it is no object. What is no
/// number counts as 0; a missing total is the sum.
std::optional<Usage> usage_of_result(std::string_view token_usage);

/// The same of the `usage` of an OpenAI-style chunk: `total_tokens`, `prompt_tokens`, `completion_tokens`.
std::optional<Usage> usage_of_chunk(std::string_view usage);

/// Appends the object that responses of OpenAI have.
void append_usage(std::string& out, const Usage& usage);

}  // namespace provider_host::server
