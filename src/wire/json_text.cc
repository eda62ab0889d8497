#include "wire/json_text.h"

#include <simdjson.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "wire/json_checker.h"

namespace provider_host::wire {

bool is_utf8(std::string_view bytes) { return simdjson::validate_utf8(bytes.data(), bytes.size()); }

std::string quote(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  append_quoted(out, text);
  return out;
}

std::size_t plain_length(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::uint64_t kHigh = 0x8080808080808080ULL;
  std::size_t i = 0;
  if constexpr (std::endian::native == std::endian::little) {
    for (std::uint64_t word = 0; i + sizeof(word) <= text.size(); i += sizeof(word)) {
      std::memcpy(&word, text.data() + i, sizeof(word));
      const std::uint64_t quote = word ^ (kOnes * '"');
      const std::uint64_t backslash = word ^ (kOnes * '\\');
      const std::uint64_t special =
          (((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) | ((word - kOnes * 0x20) & ~word)) & kHigh;
      // The lowest flagged byte is exact; those above it may be carries.
      if (special != 0) return i + static_cast<std::size_t>(std::countr_zero(special)) / 8;
    }
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) >= 0x20 && text[i] != '"' && text[i] != '\\') ++i;
  return i;
}

void append_quoted(std::string& out, std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  while (true) {
    const std::size_t run = plain_length(text);
    out += text.substr(0, run);
    if (run == text.size()) break;
    const auto c = static_cast<unsigned char>(text[run]);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += "\\u00";
      out += kHex[c >> 4U];
      out += kHex[c & 15U];
    }
    text.remove_prefix(run + 1);
  }
  out += '"';
}

std::optional<std::string> json_problem(std::string_view text, std::size_t max_depth) {
  return JsonChecker(text, max_depth).problem();
}

}  // namespace provider_host::wire
