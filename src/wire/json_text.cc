#include "wire/json_text.h"

#include <simdjson.h>

#include <cstddef>

#include "base/text_scan.h"
#include "wire/json_checker.h"

namespace provider_host::wire {

void prepare_utf8() {
  static_cast<void>(simdjson::get_available_implementations());
  static_cast<void>(simdjson::get_active_implementation());
  static_cast<void>(is_utf8(""));
}

bool is_utf8(std::string_view bytes) { return simdjson::validate_utf8(bytes.data(), bytes.size()); }

std::string quote(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  append_quoted(out, text);
  return out;
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
