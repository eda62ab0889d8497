#pragma once

#include <optional>
#include <string_view>

namespace provider_host::cli {

/// A line of an input with nothing but a prompt, and perhaps an id and variables, each once. Raw JSON, within the line.
struct UsualLine {
  std::string_view prompt;       ///< A string.
  std::string_view id = "null";  ///< A scalar.
  std::string_view vars;         ///< An object; empty: none.
};

/// Reads such a line without copies; all of it is checked. Nothing for any other line, be it valid or not. Pure.
std::optional<UsualLine> read_usual_line(std::string_view text);

}  // namespace provider_host::cli
