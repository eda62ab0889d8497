#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace provider_host::wire {

/// A value that has no JSON text: a NaN, an infinity, text that is not UTF-8, binary data, more than kMaxValueDepth
/// levels.
class NoJsonText : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// nlohmann's trees from and to text, for the convenient API; several times as fast as the library's own functions on
/// large strings and arrays of numbers. Text is compact, non-ASCII stays as it is.

/// Appends the JSON of `value`, which will stand inside `levels` arrays or objects. Throws NoJsonText; what was
/// appended until then stays.
void append_json(std::string& out, const nlohmann::json& value, std::size_t levels = 0);
/// The same for a text, without making a tree of it.
void append_json_string(std::string& out, const std::string& text);

/// The tree of a text that is known to be JSON (json_error() found none) and has one readable byte behind it.
/// Integers beyond 64 bits become doubles, of equal keys the last one counts.
nlohmann::json parse_checked(std::string_view text);

}  // namespace provider_host::wire
