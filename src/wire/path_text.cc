#include "wire/path_text.h"

#include <charconv>
#include <cstddef>

#include "base/utf8.h"

namespace provider_host::wire {

std::string path_text(std::string_view path) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string text;
  text.reserve(path.size());
  while (!path.empty()) {
    const std::size_t valid = valid_utf8_length(path);
    for (const char c : path.substr(0, valid)) {
      if (c == '%') {
        text += "%25";
      } else {
        text += c;
      }
    }
    path.remove_prefix(valid);
    if (path.empty()) break;
    const auto byte = static_cast<unsigned char>(path.front());
    text += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    path.remove_prefix(1);
  }
  return text;
}

std::string path_of(std::string_view text) {
  std::string path;
  path.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view digits = text.substr(i + 1, 2);
    unsigned byte = 0;
    if (text[i] == '%' && digits.size() == 2 &&
        std::from_chars(digits.data(), digits.data() + 2, byte, 16).ptr == digits.data() + 2) {
      path += static_cast<char>(byte);
      i += 2;
    } else {
      path += text[i];
    }
  }
  return path;
}

}  // namespace provider_host::wire
