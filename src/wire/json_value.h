#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace provider_host::wire {

/// A value that has no JSON text: a NaN, an infinity, text that is not UTF-8, binary data, more than kMaxValueDepth
/// levels.
class NoJsonText : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// nlohmann's trees from and to text, for the convenient API; several times as fast as the library's own functions on
/// large strings and arrays of numbers. Text is compact, non-ASCII stays as it is.

/// Appends the JSON of `value`. Throws NoJsonText; what was appended until then stays.
void append_json(std::string& out, const nlohmann::json& value);
/// The same for a text, without making a tree of it.
void append_json_string(std::string& out, const std::string& text);

/// The tree of a text that is known to be JSON (json_problem() found none). Integers beyond 64 bits become doubles, of
/// equal keys the last one counts.
nlohmann::json parse_checked(const std::string& text);

}  // namespace provider_host::wire
