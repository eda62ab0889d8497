#include "wire/json_value.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/huge_pages.h"
#include "base/text_scan.h"
#include "wire/frame_codec.h"
#include "wire/json_text.h"

namespace provider_host::wire {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLargeText = std::size_t{4} << 20;

// --- tree to text

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void write(const Json& value, std::size_t depth) {
    switch (value.type()) {
      case Json::value_t::null:
        out_ += "null";
        return;
      case Json::value_t::boolean:
        out_ += value.get<bool>() ? "true" : "false";
        return;
      case Json::value_t::number_integer:
        return integer(value.get<std::int64_t>());
      case Json::value_t::number_unsigned:
        return integer(value.get<std::uint64_t>());
      case Json::value_t::number_float:
        return number(value.get<double>());
      case Json::value_t::string:
        return string(value.get_ref<const std::string&>());
      case Json::value_t::array:
        return array(value, depth);
      case Json::value_t::object:
        return object(value, depth);
      case Json::value_t::binary:
      case Json::value_t::discarded:
        throw NoJsonText("binary data has no JSON form");
    }
  }

 private:
  template <typename Integer>
  void integer(Integer value) {
    std::array<char, 24> text{};
    out_.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
  }

  void number(double value) {
    if (!std::isfinite(value)) throw NoJsonText("JSON has no NaN and no infinity");
    std::array<char, 32> text{};
    const char* const end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    const std::string_view digits(text.data(), static_cast<std::size_t>(end - text.data()));
    out_ += digits;
    if (value == std::trunc(value) && digits.find('e') == std::string_view::npos) out_ += ".0";  // it stays a float
  }

  void string(const std::string& text) { append_json_string(out_, text); }

  void array(const Json& value, std::size_t depth) {
    enter(depth);
    out_ += '[';
    bool first = true;
    for (const Json& item : value) {
      if (!std::exchange(first, false)) out_ += ',';
      write(item, depth + 1);
    }
    out_ += ']';
  }

  void object(const Json& value, std::size_t depth) {
    enter(depth);
    out_ += '{';
    bool first = true;
    for (const auto& [key, item] : value.get_ref<const Json::object_t&>()) {
      if (!std::exchange(first, false)) out_ += ',';
      string(key);
      out_ += ':';
      write(item, depth + 1);
    }
    out_ += '}';
  }

  static void enter(std::size_t depth) {
    if (depth >= kMaxValueDepth) throw NoJsonText("nested more than " + std::to_string(kMaxValueDepth) + " levels");
  }

  std::string& out_;
};

// --- checked text to tree

class Reader {
 public:
  explicit Reader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  Json value() {
    skip_space();
    switch (*at_) {
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return string();
      case 't':
        at_ += 4;
        return true;
      case 'f':
        at_ += 5;
        return false;
      case 'n':
        at_ += 4;
        return nullptr;
      default:
        return number();
    }
  }

 private:
  void skip_space() {
    while (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r') ++at_;
  }

  // Steps over `c` when it comes next.
  bool take(char c) {
    skip_space();
    if (*at_ != c) return false;
    ++at_;
    return true;
  }

  Json object() {
    Json::object_t members;
    ++at_;
    if (take('}')) return members;
    do {
      skip_space();
      std::string key = string();
      take(':');
      members.insert_or_assign(std::move(key), value());
    } while (take(','));
    take('}');
    return members;
  }

  Json array() {
    Json::array_t items;
    ++at_;
    if (take(']')) return items;
    do {
      items.push_back(value());
    } while (take(','));
    take(']');
    return items;
  }

  std::string string() {
    std::string text;
    ++at_;
    while (true) {
      const std::size_t run = plain_length({at_, static_cast<std::size_t>(end_ - at_)});
      if (run >= kLargeText) {
        text.reserve(text.size() + run);
        prefer_huge_pages(text.data(), text.capacity());
      }
      text.append(at_, run);
      at_ += run;
      if (*at_++ == '"') return text;
      escape(text);
    }
  }

  void escape(std::string& text) {
    constexpr std::string_view kLetters = "bfnrt";
    constexpr std::string_view kMeanings = "\b\f\n\r\t";
    const char c = *at_++;
    if (c == 'u') return append_utf8(text, code_point());
    const std::size_t letter = kLetters.find(c);
    text += letter == std::string_view::npos ? c : kMeanings[letter];
  }

  unsigned hex4() {
    unsigned unit = 0;
    std::from_chars(at_, at_ + 4, unit, 16);
    at_ += 4;
    return unit;
  }

  unsigned code_point() {
    const unsigned unit = hex4();
    if (unit < 0xD800 || unit > 0xDBFF) return unit;
    at_ += 2;  // the "\u" of the other half
    return 0x10000 + ((unit - 0xD800) << 10U) + (hex4() - 0xDC00);
  }

  static void append_utf8(std::string& text, unsigned code) {
    auto byte = [&text](unsigned value) { text += static_cast<char>(value); };
    if (code < 0x80) return byte(code);
    if (code < 0x800) {
      byte(0xC0 | code >> 6U);
    } else if (code < 0x10000) {
      byte(0xE0 | code >> 12U);
      byte(0x80 | (code >> 6U & 0x3F));
    } else {
      byte(0xF0 | code >> 18U);
      byte(0x80 | (code >> 12U & 0x3F));
      byte(0x80 | (code >> 6U & 0x3F));
    }
    byte(0x80 | (code & 0x3F));
  }

  Json number() {
    const char* const first = at_;
    while (at_ != end_ && (*at_ == '-' || (*at_ >= '0' && *at_ <= '9'))) ++at_;
    if (at_ == end_ || (*at_ != '.' && *at_ != 'e' && *at_ != 'E')) return integer(first, at_);
    return real(first);
  }

  Json integer(const char* first, const char* last) {
    std::int64_t whole = 0;
    if (std::from_chars(first, last, whole).ec == std::errc()) {
      return whole >= 0 ? Json(static_cast<std::uint64_t>(whole)) : Json(whole);
    }
    std::uint64_t large = 0;
    if (std::from_chars(first, last, large).ec == std::errc()) return large;
    return real(first);
  }

  double real(const char* first) {
    double number = 0;
    const auto [last, error] = std::from_chars(first, end_, number);
    at_ = last;
    if (error == std::errc()) return number;
    return std::strtod(std::string(first, last).c_str(), nullptr);  // out of range: infinity or 0
  }

  const char* at_;
  const char* end_;
};

}  // namespace

void append_json_string(std::string& out, const std::string& text) {
  if (!is_utf8(text)) throw NoJsonText("a text is not UTF-8");
  append_quoted(out, text);
}

void append_json(std::string& out, const Json& value, std::size_t levels) { Writer(out).write(value, levels); }

Json parse_checked(std::string_view text) { return Reader(text).value(); }

}  // namespace provider_host::wire
