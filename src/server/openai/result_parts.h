#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace provider_host::server {

/// The members of a provider's result that responses are made of. Views point into its JSON; what is not there is
/// empty.
struct ResultParts {
  std::string_view output;
  std::string_view error;
  std::string_view token_usage;
  std::string_view finish_reason;  ///< Empty unless it is text.
};

/// `result` must be JSON. A result that is no object is all output.
ResultParts parts_of_result(std::string_view result);

/// The text of a provider's own error, whose JSON is `error`: as provider_error() of completion.h has it.
std::optional<std::string> error_text(std::string_view error);

/// Appends a JSON string with `output`, valid JSON in one line, as text: a text itself, of another value its JSON;
/// null, or empty, is "".
void append_content(std::string& out, std::string_view output);

}  // namespace provider_host::server
