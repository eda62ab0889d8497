#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace provider_host::host {

/// Whether a byte below 0x80 must be escaped in a JSON string: control characters, the quote and the backslash.
inline constexpr std::array<bool, 128> kEscapedInJson = [] {
  std::array<bool, 128> escaped{};
  for (std::size_t c = 0; c < 0x20; ++c) escaped[c] = true;
  escaped['"'] = true;
  escaped['\\'] = true;
  return escaped;
}();

#if defined(__SSE2__)
/// Bit i is set when byte i of the 16 at `text` must be escaped in a JSON string.
inline unsigned escaped_bits(const char* text) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash))));
}

/// Bit i is set when byte i of the 16 at `text` is above 0x7F.
inline unsigned non_ascii_bits(const char* text) {
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(text))));
}
#endif

/// The first byte of the ASCII text [text, end) that must be escaped in a JSON string, or `end`.
inline const char* find_escaped(const char* text, const char* end) {
#if defined(__SSE2__)
  for (; end - text >= 16; text += 16) {
    if (const unsigned bits = escaped_bits(text); bits != 0) return text + std::countr_zero(bits);
  }
#endif
  while (text != end && !kEscapedInJson[static_cast<unsigned char>(*text)]) ++text;
  return text;
}

/// The first byte at or behind `text` that is a quote, a backslash, a control character or above 0x7F. There must be
/// such a byte, with 16 readable bytes behind it.
inline const char* skip_plain_ascii(const char* text) {
#if defined(__SSE2__)
  for (;; text += 16) {
    if (const unsigned bits = escaped_bits(text) | non_ascii_bits(text); bits != 0) {
      return text + std::countr_zero(bits);
    }
  }
#else
  while (static_cast<unsigned char>(*text) < 0x80 && !kEscapedInJson[static_cast<unsigned char>(*text)]) ++text;
  return text;
#endif
}

/// The first quote or backslash at or behind `text`; the same conditions.
inline const char* skip_to_quote_or_backslash(const char* text) {
#if defined(__SSE2__)
  for (;; text += 16) {
    if (const unsigned bits = escaped_bits(text); bits != 0) return text + std::countr_zero(bits);
  }
#else
  while (*text != '"' && *text != '\\') ++text;
  return text;
#endif
}

}  // namespace provider_host::host
