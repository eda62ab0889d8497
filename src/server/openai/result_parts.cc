#include "server/openai/result_parts.h"

#include <array>
#include <cstdlib>

#include "server/openai/pick_members.h"
#include "server/openai/request_members.h"
#include "wire/json_members.h"
#include "wire/json_text.h"

namespace provider_host::server {
namespace {

bool is_zero(std::string_view json) {
  const bool number = json.front() == '-' || (json.front() >= '0' && json.front() <= '9');
  return number && std::strtod(std::string(json).c_str(), nullptr) == 0.0;
}

}  // namespace

ResultParts parts_of_result(std::string_view result) {
  static constexpr std::array<std::string_view, 4> kNames{"output", "error", "tokenUsage", "finishReason"};
  result = wire::without_space(result);
  if (!is_object(result)) return {result, {}, {}, {}};
  const auto [output, error, token_usage, finish_reason] = pick_members(result, kNames);
  return {output, error, token_usage, is_text(finish_reason) ? finish_reason : std::string_view()};
}

std::optional<std::string> error_text(std::string_view error) {
  if (!is_given(error) || error == "false" || error == "\"\"" || is_zero(error)) return std::nullopt;
  return is_text(error) ? wire::unescaped(error.substr(1, error.size() - 2)) : std::string(error);
}

void append_content(std::string& out, std::string_view output) {
  if (!is_given(output)) {
    out += "\"\"";
  } else if (is_text(output)) {
    out += output;
  } else {
    wire::append_quoted(out, output);
  }
}

}  // namespace provider_host::server
