#include "wire/json_members.h"

#include <charconv>
#include <cstddef>
#include <cstdint>

#include "base/text_scan.h"

namespace provider_host::wire {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

void skip_space(std::string_view& text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
}

// The length of the string at the front of `text`, its quotes included.
std::size_t string_length(std::string_view text) {
  std::size_t at = 1;
  while (at < text.size()) {
    at += plain_length(text.substr(at));
    if (at >= text.size()) break;
    if (text[at] == '"') return at + 1;
    at += text[at] == '\\' ? 2U : 1U;
  }
  return text.size();
}

// Of the array or object at the front.
std::size_t container_length(std::string_view text) {
  std::size_t depth = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at += string_length(text.substr(at));
      continue;
    }
    ++at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at;
  }
  return text.size();
}

std::string_view cut_front(std::string_view& text, std::size_t size) {
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(taken.size());
  return taken;
}

std::string_view take_value(std::string_view& text) {
  skip_space(text);
  if (text.empty()) return {};
  if (text.front() == '"') return cut_front(text, string_length(text));
  if (text.front() == '{' || text.front() == '[') return cut_front(text, container_length(text));
  return without_space(cut_front(text, text.find_first_of(",]}")));
}

std::string_view take_name(std::string_view& text) {
  skip_space(text);
  if (!text.starts_with('"')) return {};
  const std::string_view quoted = cut_front(text, string_length(text));
  skip_space(text);
  if (text.starts_with(':')) text.remove_prefix(1);
  return quoted.size() < 2 ? std::string_view() : quoted.substr(1, quoted.size() - 2);
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto add = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  const auto tail = [&](unsigned shift) { add(0x80 | ((point >> shift) & 0x3F)); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xC0 | (point >> 6U));
    tail(0);
  } else if (point < 0x10000) {
    add(0xE0 | (point >> 12U));
    tail(6);
    tail(0);
  } else {
    add(0xF0 | (point >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

// The code unit of the \uXXXX at the front; 0xFFFD when there is none.
std::uint32_t code_unit(std::string_view text) {
  constexpr std::size_t kDigits = 4;
  std::uint32_t unit = 0xFFFD;
  if (text.size() >= 2 + kDigits && text.starts_with("\\u")) {
    std::from_chars(text.data() + 2, text.data() + 2 + kDigits, unit, 16);
  }
  return unit;
}

bool is_high(std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low(std::uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// Takes the escape at the front of `text`, which begins with a backslash.
void take_escape(std::string_view& text, std::string& out) {
  constexpr std::size_t kUnit = 6;
  constexpr std::string_view kLetters = "bfnrt";
  constexpr std::string_view kMeant = "\b\f\n\r\t";
  const char c = text.size() > 1 ? text[1] : '\\';
  if (c != 'u') {
    const std::size_t letter = kLetters.find(c);
    out += letter == std::string_view::npos ? c : kMeant[letter];
    cut_front(text, 2);
    return;
  }
  std::uint32_t unit = code_unit(cut_front(text, kUnit));
  const std::uint32_t next = is_high(unit) ? code_unit(text) : 0;
  if (is_low(next)) {
    cut_front(text, kUnit);
    unit = 0x10000 + ((unit - 0xD800) << 10U) + (next - 0xDC00);
  }
  append_utf8(out, is_high(unit) || is_low(unit) ? 0xFFFD : unit);
}

}  // namespace

JsonMembers::JsonMembers(std::string_view json) : rest_(without_space(json)) {
  has_names_ = rest_.starts_with('{');
  if (has_names_ || rest_.starts_with('[')) {
    rest_.remove_prefix(1);
  } else {
    rest_ = {};
  }
}

bool JsonMembers::next() {
  skip_space(rest_);
  if (rest_.starts_with(',')) rest_.remove_prefix(1);
  skip_space(rest_);
  if (rest_.empty() || rest_.front() == '}' || rest_.front() == ']') return false;
  if (has_names_) name_ = take_name(rest_);
  value_ = take_value(rest_);
  if (value_.empty()) rest_ = {};
  return !value_.empty();
}

bool JsonMembers::is(std::string_view name) const {
  return name_ == name || (name_.find('\\') != std::string_view::npos && unescaped(name_) == name);
}

std::string_view first_item(std::string_view json) {
  JsonMembers items(json);
  return items.next() ? items.value() : std::string_view();
}

std::string_view member(std::string_view json, std::string_view name) {
  JsonMembers members(json);
  while (members.next()) {
    if (members.is(name)) return members.value();
  }
  return {};
}

std::string unescaped(std::string_view content) {
  std::string out;
  out.reserve(content.size());
  while (!content.empty()) {
    const std::size_t backslash = content.find('\\');
    out += cut_front(content, backslash);
    if (!content.empty()) take_escape(content, out);
  }
  return out;
}

std::string_view without_space(std::string_view json) {
  skip_space(json);
  while (!json.empty() && is_space(json.back())) json.remove_suffix(1);
  return json;
}

}  // namespace provider_host::wire
