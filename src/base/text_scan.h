#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace provider_host {

/// Whether a byte must be escaped in a JSON string (RFC 8259): control characters, the quote and the backslash.
inline constexpr std::array<bool, 256> kEscapedInJson = [] {
  std::array<bool, 256> escaped{};
  for (std::size_t c = 0; c < 0x20; ++c) escaped[c] = true;
  escaped['"'] = true;
  escaped['\\'] = true;
  return escaped;
}();

/// What a scan stops at.
enum class StopAt : bool {
  kEscaped,            ///< Bytes that must be escaped in a JSON string.
  kEscapedOrNonAscii,  ///< Those, and bytes above 0x7F.
};

inline bool stops(StopAt at, char c) {
  const auto byte = static_cast<unsigned char>(c);
  return kEscapedInJson[byte] || (at == StopAt::kEscapedOrNonAscii && byte > 0x7F);
}

#if defined(__SSE2__)
#define PROVIDER_HOST_SCANS_16_BYTES
inline constexpr int kBitsOfByte = 1;
/// Bit i is set when byte i of the 16 at `text` stops the scan.
template <StopAt at>
unsigned stop_bits(const char* text) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  const __m128i escaped = _mm_or_si128(control, _mm_or_si128(quote, backslash));
  return static_cast<unsigned>(
      _mm_movemask_epi8(at == StopAt::kEscapedOrNonAscii ? _mm_or_si128(escaped, bytes) : escaped));
}
#elif defined(__ARM_NEON)
#define PROVIDER_HOST_SCANS_16_BYTES
inline constexpr int kBitsOfByte = 4;
/// The four bits from 4 * i on are set when byte i of the 16 at `text` stops the scan.
template <StopAt at>
std::uint64_t stop_bits(const char* text) {
  const uint8x16_t bytes = vld1q_u8(reinterpret_cast<const std::uint8_t*>(text));
  const uint8x16_t quote = vceqq_u8(bytes, vdupq_n_u8('"'));
  const uint8x16_t backslash = vceqq_u8(bytes, vdupq_n_u8('\\'));
  uint8x16_t stop = vorrq_u8(vcleq_u8(bytes, vdupq_n_u8(0x1F)), vorrq_u8(quote, backslash));
  if (at == StopAt::kEscapedOrNonAscii) stop = vorrq_u8(stop, vcgtq_u8(bytes, vdupq_n_u8(0x7F)));
  return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(stop), 4)), 0);
}
#endif

#if defined(PROVIDER_HOST_SCANS_16_BYTES)
/// The first byte that stops the scan. Not all of the bits are 0.
template <typename Bits>
std::size_t first_stop(Bits bits) {
  return static_cast<std::size_t>(std::countr_zero(bits) / kBitsOfByte);
}
#endif

/// Copies 16 bytes. How many of them, from the first one on, need no escape.
inline std::size_t copy_plain_16(char* to, const char* from) {
  std::memcpy(to, from, 16);
#if defined(PROVIDER_HOST_SCANS_16_BYTES)
  const auto bits = stop_bits<StopAt::kEscaped>(from);
  return bits == 0 ? 16 : first_stop(bits);
#else
  std::size_t i = 0;
  while (i < 16 && !stops(StopAt::kEscaped, from[i])) ++i;
  return i;
#endif
}

/// How many bytes at the start of the `size` at `text` do not stop a scan, in whole blocks of 64; made for long texts.
std::size_t plain_blocks(StopAt at, const char* text, std::size_t size);

/// How many bytes at the start of `text` do not stop a scan: are neither control characters nor quotes nor backslashes,
/// and ASCII when that is asked for.
template <StopAt at = StopAt::kEscaped>
std::size_t plain_length(std::string_view text) {
  constexpr std::size_t kLong = 256;
  std::size_t i = text.size() < kLong ? 0 : plain_blocks(at, text.data(), text.size());
#if defined(PROVIDER_HOST_SCANS_16_BYTES)
  for (; i + 16 <= text.size(); i += 16) {
    if (const auto bits = stop_bits<at>(text.data() + i); bits != 0) return i + first_stop(bits);
  }
#endif
  while (i < text.size() && !stops(at, text[i])) ++i;
  return i;
}

/// The first byte at or behind `text` that stops a scan. There must be one, with 64 readable bytes behind it.
template <StopAt at>
const char* skip_plain(const char* text) {
#if defined(PROVIDER_HOST_SCANS_16_BYTES)
  for (std::size_t i = 0;; ++i, text += 16) {
    constexpr std::size_t kShort = 8;  // most texts are
    if (i == kShort) text += plain_blocks(at, text, SIZE_MAX);
    if (const auto bits = stop_bits<at>(text); bits != 0) return text + first_stop(bits);
  }
#else
  while (!stops(at, *text)) ++text;
  return text;
#endif
}

}  // namespace provider_host
