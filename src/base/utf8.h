#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace provider_host {

/// The bytes as valid UTF-8: every sequence that is none becomes U+FFFD, one for each maximal invalid part.
std::string to_valid_utf8(std::string_view bytes);

/// How many bytes at the beginning are valid UTF-8.
std::size_t valid_utf8_length(std::string_view bytes);

/// The longest prefix of at most `size` bytes that does not end inside a character.
std::string_view utf8_prefix(std::string_view text, std::size_t size);

}  // namespace provider_host
