#include "base/utf8.h"

#include <cstddef>
#include <cstdint>

namespace provider_host {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t i) { return static_cast<std::uint8_t>(text[i]); }

bool is_continuation(std::uint8_t byte) { return (byte & 0xC0U) == 0x80U; }

struct Sequence {
  std::size_t length;  // bytes that belong together; at least 1
  bool valid;
};

// The sequence that starts at `i` (Unicode standard, table 3-7).
Sequence sequence_at(std::string_view text, std::size_t i) {
  const std::uint8_t lead = byte_at(text, i);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  for (std::size_t k = 1; k < length; ++k) {
    if (i + k >= text.size()) return {k, false};
    const std::uint8_t next = byte_at(text, i + k);
    const bool fits = k == 1 ? next >= low && next <= high : is_continuation(next);
    if (!fits) return {k, false};
  }
  return {length, true};
}

}  // namespace

std::string to_valid_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (true) {
    const std::size_t valid = valid_utf8_length(bytes);
    text += bytes.substr(0, valid);
    if (valid == bytes.size()) return text;
    text += "\xEF\xBF\xBD";
    bytes.remove_prefix(valid + sequence_at(bytes, valid).length);
  }
}

std::size_t valid_utf8_length(std::string_view bytes) {
  std::size_t length = 0;
  while (length < bytes.size()) {
    const Sequence sequence = sequence_at(bytes, length);
    if (!sequence.valid) break;
    length += sequence.length;
  }
  return length;
}

std::string_view utf8_prefix(std::string_view text, std::size_t size) {
  if (size >= text.size()) return text;
  while (size > 0 && is_continuation(byte_at(text, size))) --size;
  return text.substr(0, size);
}

}  // namespace provider_host
