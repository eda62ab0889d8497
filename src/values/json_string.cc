#include "values/json_string.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/text_scan.h"

namespace provider_host::values {
namespace {

constexpr std::size_t kPiece = std::size_t{8} << 10;  // is still in the nearest cache when it is copied
constexpr std::size_t kEscapedPiece = 1024;           // more escapes are to be expected behind one
constexpr std::size_t kBlock = 16;
constexpr std::size_t kMaxEscape = 6;  // \u001f; also more than any character takes in UTF-8

char* put(char* to, std::string_view text) { return to + text.copy(to, text.size()); }

char* put_escape(char* to, unsigned char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      return put(to, "\\\"");
    case '\\':
      return put(to, "\\\\");
    case '\n':
      return put(to, "\\n");
    case '\r':
      return put(to, "\\r");
    case '\t':
      return put(to, "\\t");
    case '\b':
      return put(to, "\\b");
    case '\f':
      return put(to, "\\f");
    default:
      to = put(to, "\\u00");
      *to++ = kHex[c >> 4U];
      *to++ = kHex[c & 15U];
      return to;
  }
}

// `c` is above 0x7F and no surrogate.
char* put_utf8(char* to, std::uint32_t c) {
  const auto continuation = [c](unsigned shift) { return static_cast<char>(0x80U | ((c >> shift) & 0x3FU)); };
  if (c < 0x800) {
    *to++ = static_cast<char>(0xC0U | (c >> 6U));
  } else if (c < 0x10000) {
    *to++ = static_cast<char>(0xE0U | (c >> 12U));
    *to++ = continuation(6);
  } else {
    *to++ = static_cast<char>(0xF0U | (c >> 18U));
    *to++ = continuation(12);
    *to++ = continuation(6);
  }
  *to++ = continuation(0);
  return to;
}

char* put_surrogate(char* to, std::uint32_t c) {
  to = put(to, "\\ud");
  for (const unsigned shift : {8U, 4U, 0U}) *to++ = "0123456789abcdef"[(c >> shift) & 15U];
  return to;
}

// Of text with many escapes.
void append_escaped(ByteBuffer& out, std::string_view text) {
  char* const begin = out.reserve(text.size() * kMaxEscape + kBlock);
  char* to = begin;
  const char* from = text.data();
  const char* const end = from + text.size();
  while (static_cast<std::size_t>(end - from) >= kBlock) {
    const std::size_t plain = copy_plain_16(to, from);
    to += plain;
    from += plain;
    if (plain < kBlock) to = put_escape(to, static_cast<unsigned char>(*from++));
  }
  for (; from != end; ++from) {
    if (stops(StopAt::kEscaped, *from)) {
      to = put_escape(to, static_cast<unsigned char>(*from));
    } else {
      *to++ = *from;
    }
  }
  out.commit(static_cast<std::size_t>(to - begin));
}

void append_ascii(ByteBuffer& out, const char* text, std::size_t size) {
  const char* const end = text + size;
  out.reserve(size + 2);
  out.push_back('"');
  for (;;) {
    const std::string_view piece(text, std::min(kPiece, static_cast<std::size_t>(end - text)));
    const std::size_t plain = plain_length(piece);
    out.append(piece.substr(0, plain));
    text += plain;
    if (text == end) break;
    if (plain == piece.size()) continue;
    const std::string_view escaped(text, std::min(kEscapedPiece, static_cast<std::size_t>(end - text)));
    append_escaped(out, escaped);
    text += escaped.size();
  }
  out.push_back('"');
}

// Unit is what Python stores a character in: 1, 2 or 4 bytes. Surrogates are lone by definition: Python joins pairs.
template <typename Unit>
std::optional<std::size_t> append_units(ByteBuffer& out, const Unit* text, std::size_t size, Surrogates surrogates) {
  constexpr std::size_t kChunk = 1024;
  out.push_back('"');
  for (std::size_t i = 0; i < size;) {
    const std::size_t chunk_end = std::min(size, i + kChunk);
    char* const begin = out.reserve((chunk_end - i) * kMaxEscape);
    char* to = begin;
    for (; i < chunk_end; ++i) {
      const std::uint32_t c = text[i];
      if (c < 0x80) {
        if (kEscapedInJson[c]) {
          to = put_escape(to, static_cast<unsigned char>(c));
        } else {
          *to++ = static_cast<char>(c);
        }
      } else if (c < 0xD800 || c > 0xDFFF) {
        to = put_utf8(to, c);
      } else if (surrogates == Surrogates::kReplaced) {
        to = put(to, "\xEF\xBF\xBD");
      } else if (surrogates == Surrogates::kEscaped) {
        to = put_surrogate(to, c);
      } else {
        return i;
      }
    }
    out.commit(static_cast<std::size_t>(to - begin));
  }
  out.push_back('"');
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> append_json_string(ByteBuffer& out, PyObject* text, Surrogates surrogates) {
#if PY_VERSION_HEX < 0x030C0000
  if (PyUnicode_READY(text) != 0) {  // a str of the old C API, made ready on first use
    PyErr_Clear();
    throw std::bad_alloc();
  }
#endif
  const auto size = static_cast<std::size_t>(PyUnicode_GET_LENGTH(text));
  if (PyUnicode_IS_ASCII(text)) {
    append_ascii(out, static_cast<const char*>(PyUnicode_DATA(text)), size);
    return std::nullopt;
  }
  switch (PyUnicode_KIND(text)) {
    case PyUnicode_1BYTE_KIND:
      return append_units(out, PyUnicode_1BYTE_DATA(text), size, surrogates);
    case PyUnicode_2BYTE_KIND:
      return append_units(out, PyUnicode_2BYTE_DATA(text), size, surrogates);
    default:
      return append_units(out, PyUnicode_4BYTE_DATA(text), size, surrogates);
  }
}

}  // namespace provider_host::values
