#include "wire/json_text.h"

#include <simdjson.h>

#include <atomic>
#include <cstddef>

#include "base/text_scan.h"
#include "base/utf8.h"
#include "wire/json_checker.h"

namespace provider_host::wire {
namespace {

// When the program ends, simdjson's objects are destroyed while threads of pools that were not destroyed still run.
std::atomic<bool> g_simdjson_ends = false;
struct EndMarker {
  ~EndMarker() { g_simdjson_ends = true; }
};

}  // namespace

void prepare_utf8() {
  static_cast<void>(simdjson::get_available_implementations());
  static_cast<void>(simdjson::get_active_implementation());
  [[maybe_unused]] const bool valid = simdjson::validate_utf8("", 0);
  static const EndMarker marker;  // destroyed before what is made above
}

bool is_utf8(std::string_view bytes) {
  if (g_simdjson_ends.load(std::memory_order_relaxed)) return valid_utf8_length(bytes) == bytes.size();
  return simdjson::validate_utf8(bytes.data(), bytes.size());
}

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

std::optional<std::string> json_error(std::string_view text, std::size_t max_depth) {
  return JsonChecker(text, max_depth).find_error();
}

}  // namespace provider_host::wire
