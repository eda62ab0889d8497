#include "server/openai/usage.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <system_error>

#include "server/openai/pick_members.h"
#include "server/openai/request_members.h"

namespace provider_host::server {
namespace {

std::uint64_t token_count(std::string_view json) {
  constexpr double kExact = 9007199254740992.0;
  double count = 0;
  const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), count);
  return error == std::errc() && count > 0 && count <= kExact ? static_cast<std::uint64_t>(count) : 0;
}

Usage usage_of(std::string_view prompt, std::string_view completion, std::string_view total) {
  Usage usage;
  usage.prompt = token_count(prompt);
  usage.completion = token_count(completion);
  usage.total = is_given(total) ? token_count(total) : usage.prompt + usage.completion;
  return usage;
}

void add_details(std::string& details, std::string_view name, std::string_view value) {
  if (is_object(value)) details.append(",\"").append(name).append("\":").append(value);
}

}  // namespace

std::optional<Usage> usage_of_result(std::string_view token_usage) {
  static constexpr std::array<std::string_view, 3> kNames{"prompt", "completion", "total"};
  if (!is_object(token_usage)) return std::nullopt;
  const auto [prompt, completion, total] = pick_members(token_usage, kNames);
  return usage_of(prompt, completion, total);
}

std::optional<Usage> usage_of_chunk(std::string_view usage) {
  static constexpr std::array<std::string_view, 5> kNames{"prompt_tokens", "completion_tokens", "total_tokens",
                                                          "prompt_tokens_details", "completion_tokens_details"};
  if (!is_object(usage)) return std::nullopt;
  const auto members = pick_members(usage, kNames);
  Usage found = usage_of(members[0], members[1], members[2]);
  for (std::size_t i = 3; i < kNames.size(); ++i) add_details(found.details, kNames[i], members[i]);
  return found;
}

void append_usage(std::string& out, const Usage& usage) {
  out.append(R"({"prompt_tokens":)").append(std::to_string(usage.prompt));
  out.append(R"(,"completion_tokens":)").append(std::to_string(usage.completion));
  out.append(R"(,"total_tokens":)").append(std::to_string(usage.total));
  out.append(usage.details).append("}");
}

}  // namespace provider_host::server
