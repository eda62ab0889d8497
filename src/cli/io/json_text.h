#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace provider_host::cli {

/// A text is not JSON, or not of the required type.
class JsonError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Validates `text` as one JSON value: RFC 8259, valid UTF-8, at most 1,000 levels deep, numbers of any length. Returns
/// the error, nothing when it is valid.
std::optional<std::string> json_error(std::string_view text);

/// `text` without the white space around it. Throws JsonError when it is not a JSON value.
std::string checked_json(std::string_view text);

/// `text` as a JSON string with its quotes. Throws JsonError when it is not UTF-8.
std::string quote(std::string_view text);

/// `json`, valid JSON, as JavaScript's JSON.stringify writes it: no white space, no needless escapes, `1.0` as `1`.
/// Integers beyond 64 bits are rounded, as there. Throws JsonError for half a surrogate pair.
std::string compact_json(std::string_view json);

/// `text` without JSON white space at both ends.
std::string_view trim(std::string_view text);

/// `text` without a byte order mark (UTF-8) in front.
std::string_view without_byte_order_mark(std::string_view text);

/// The first character tells the type of a valid, trimmed JSON value.
inline bool is_object(std::string_view json) { return !json.empty() && json.front() == '{'; }
inline bool is_array(std::string_view json) { return !json.empty() && json.front() == '['; }
inline bool is_string(std::string_view json) { return !json.empty() && json.front() == '"'; }

/// Whether a provider's result, valid JSON, is an object whose `error` is there and neither null, false, "" nor 0.
bool has_provider_error(std::string_view result);

}  // namespace provider_host::cli
