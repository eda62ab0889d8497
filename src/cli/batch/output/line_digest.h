#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace provider_host::cli {

/// The CRC-32 (that of zlib, gzip and PNG) of an input line without the white space around it. It shows whether the
/// line has changed since its result was written.
std::uint32_t digest_of_line(std::string_view line);

/// The same for an id, raw JSON: two spellings of one string have the same digest.
std::uint32_t digest_of_id(std::string_view raw);

/// Eight hexadecimal digits, and back; `read_digest` returns whether `text` is such a number.
std::string digest_text(std::uint32_t digest);
void append_digest(std::string& text, std::uint32_t digest);
bool read_digest(std::string_view text, std::uint32_t& digest);

}  // namespace provider_host::cli
