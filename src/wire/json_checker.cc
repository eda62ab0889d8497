#include "wire/json_checker.h"

#include <cstring>

#include "base/text_scan.h"
#include "wire/json_text.h"

namespace provider_host::wire {
namespace {

// Digits are 0x30 to 0x39: their high halves are 3, and stay 3 when 6 is added.
bool are_eight_digits(const char* text) {
  constexpr std::uint64_t kHighHalves = 0xF0F0F0F0F0F0F0F0ULL;
  constexpr std::uint64_t kThrees = 0x3030303030303030ULL;
  std::uint64_t word = 0;
  std::memcpy(&word, text, sizeof(word));
  return (word & kHighHalves) == kThrees && ((word + 0x0606060606060606ULL) & kHighHalves) == kThrees;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<std::string> JsonChecker::find_error() {
  if (values()) return std::nullopt;
  return error_ + " at byte " + std::to_string(position_);
}

bool JsonChecker::values() {
  do {
    if (value_due_ && !value()) return false;
    if (!value_due_ && !after_value()) return false;
  } while (value_due_ || !closers_.empty());
  skip_space();
  return position_ == text_.size() || fail("more text behind the value");
}

// One scalar, or the start of a container up to where its first value is due.
bool JsonChecker::value() {
  skip_space();
  if (position_ == text_.size()) return fail(text_.empty() ? "empty" : "cut off");
  value_due_ = false;
  if (closers_.size() == 1 && closers_[0] == ']') items_ += text_[position_];
  switch (text_[position_]) {
    case '{':
      return open('}');
    case '[':
      return open(']');
    case '"':
      return string();
    case 't':
      return literal("true");
    case 'f':
      return literal("false");
    case 'n':
      return literal("null");
    default:
      return numbers();
  }
}

bool JsonChecker::open(char closer) {
  if (closers_.size() >= max_depth_) return fail("nested more than " + std::to_string(max_depth_) + " levels");
  ++position_;
  skip_space();
  if (at(closer)) {
    ++position_;
    return true;
  }
  closers_.push_back(closer);
  value_due_ = true;
  return closer == ']' || key();
}

// Closes containers until a comma announces another value or everything is closed.
bool JsonChecker::after_value() {
  while (!closers_.empty()) {
    skip_space();
    if (at(closers_.back())) {
      ++position_;
      closers_.pop_back();
      continue;
    }
    if (!at(',')) return fail(position_ == text_.size() ? "cut off" : "a comma or a closing bracket is missing");
    ++position_;
    value_due_ = true;
    return closers_.back() == ']' || key();
  }
  return true;
}

bool JsonChecker::key() {
  skip_space();
  if (!at('"')) return fail("a key in double quotes is missing");
  if (!string()) return false;
  skip_space();
  if (!at(':')) return fail("a colon is missing");
  ++position_;
  return true;
}

bool JsonChecker::string() {
  ++position_;
  while (true) {
    if (!skip_plain()) return false;
    if (position_ == text_.size()) return fail("a string without an end");
    const char c = text_[position_];
    if (c == '"') {
      ++position_;
      return true;
    }
    if (c != '\\') return fail("an unescaped control character in a string");
    if (!escape()) return false;
  }
}

// To what ends or escapes. Nearly all texts are ASCII: looking for other bytes on the way is cheaper than another pass.
bool JsonChecker::skip_plain() {
  if (!is_known_utf8_) {
    position_ += plain_length<StopAt::kEscapedOrNonAscii>(text_.substr(position_));
    if (position_ == text_.size() || static_cast<unsigned char>(text_[position_]) < 0x80) return true;
    if (!is_utf8(text_.substr(position_))) return fail("text that is not UTF-8");
    is_known_utf8_ = true;
  }
  position_ += plain_length(text_.substr(position_));
  return true;
}

bool JsonChecker::escape() {
  ++position_;
  if (position_ == text_.size()) return fail("a string without an end");
  const char c = text_[position_++];
  if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos || fail("an unknown escape");
  const auto unit = hex4();
  if (!unit) return fail("a malformed \\u escape");
  if (*unit < 0xD800 || *unit > 0xDFFF) return true;
  const std::size_t behind_unit = position_;
  if (*unit <= 0xDBFF && text_.substr(position_, 2) == "\\u") {
    position_ += 2;
    const auto low = hex4();
    if (low && *low >= 0xDC00 && *low <= 0xDFFF) return true;
    position_ = behind_unit;
  }
  if (lone_ == LoneSurrogates::kAllowed) return true;
  return fail("a lone surrogate escape");
}

std::optional<unsigned> JsonChecker::hex4() {
  if (position_ + 4 > text_.size()) return std::nullopt;
  unsigned unit = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = text_[position_++];
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
      digit = static_cast<unsigned>((c | 0x20) - 'a' + 10);
    } else {
      return std::nullopt;
    }
    unit = unit << 4U | digit;
  }
  return unit;
}

// One number; inside an array, those that follow it without a space too: embeddings are long.
bool JsonChecker::numbers() {
  const bool in_array = closers_.size() > 1 && closers_.back() == ']';
  while (number()) {
    const bool more = in_array && text_.size() - position_ > 1 && text_[position_] == ',' &&
                      (text_[position_ + 1] == '-' || is_digit(text_[position_ + 1]));
    if (!more) return true;
    ++position_;
  }
  return false;
}

bool JsonChecker::number() {
  if (at('-')) ++position_;
  if (at('0')) {
    ++position_;
  } else if (!digits()) {
    return fail("no JSON value");
  }
  if (at('.')) {
    ++position_;
    if (!digits()) return fail("a number without digits behind its point");
  }
  if (at('e') || at('E')) {
    ++position_;
    if (at('+') || at('-')) ++position_;
    if (!digits()) return fail("a number without digits in its exponent");
  }
  return true;
}

bool JsonChecker::digits() {
  const char* const begin = text_.data() + position_;
  const char* const end = text_.data() + text_.size();
  const char* at = begin;
  while (end - at >= 8 && are_eight_digits(at)) at += 8;
  while (at != end && is_digit(*at)) ++at;
  position_ += static_cast<std::size_t>(at - begin);
  return at != begin;
}

bool JsonChecker::literal(std::string_view word) {
  if (text_.substr(position_, word.size()) != word) return fail("no JSON value");
  position_ += word.size();
  return true;
}

void JsonChecker::skip_space() {
  while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n' || text_[position_] == '\t' ||
                                      text_[position_] == '\r')) {
    ++position_;
  }
}

bool JsonChecker::fail(std::string_view what) {
  error_ = what;
  return false;
}

}  // namespace provider_host::wire
