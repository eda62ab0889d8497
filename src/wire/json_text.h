#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace provider_host::wire {

/// Whether the bytes are valid UTF-8.
bool is_utf8(std::string_view bytes);
/// Initialises what is_utf8() needs. Otherwise its first use does, and ends the program when there is no memory for it.
void prepare_utf8();

/// `text` as a JSON string with its quotes. `text` must be valid UTF-8.
std::string quote(std::string_view text);
/// The same, appended.
void append_quoted(std::string& out, std::string_view text);

/// What is wrong with `text` as one JSON value, for a person; nothing when it is fine. Fine is: RFC 8259, valid UTF-8,
/// no lone surrogate escapes, at most `max_depth` levels deep; numbers may have any number of digits.
std::optional<std::string> json_error(std::string_view text, std::size_t max_depth);

}  // namespace provider_host::wire
