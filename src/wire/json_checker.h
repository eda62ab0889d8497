#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace provider_host::wire {

/// Whether an escaped half of a surrogate pair, such as \ud800, is accepted: RFC 8259 allows it, and Python's str can
/// contain it, but it is not valid Unicode text.
enum class LoneSurrogates : std::uint8_t { kRefused, kAllowed };

/// Checks that a text is UTF-8 and one JSON value (RFC 8259) without building or copying anything. The text must
/// outlive the checker. One use. It needs no stack that grows with the nesting.
class JsonChecker {
 public:
  JsonChecker(std::string_view text, std::size_t max_depth, LoneSurrogates lone = LoneSurrogates::kRefused)
      : text_(text), max_depth_(max_depth), lone_(lone) {}

  /// What is wrong and at which byte, for a person; nothing when the text is fine.
  std::optional<std::string> find_error();

  /// After find_error() has found none: when the value is an array, the first character of each of its items ('"', '{',
  /// '[', 't', 'f', 'n',
  /// '-' or a digit).
  [[nodiscard]] const std::string& items() const { return items_; }

 private:
  bool values();
  bool value();
  bool open(char closer);
  bool after_value();
  bool key();
  bool string();
  bool skip_plain();
  bool escape();
  std::optional<unsigned> hex4();
  bool numbers();
  bool number();
  bool digits();
  bool literal(std::string_view word);
  void skip_space();
  bool fail(std::string_view what);
  [[nodiscard]] bool at(char c) const { return position_ < text_.size() && text_[position_] == c; }

  std::string_view text_;
  std::size_t max_depth_;
  LoneSurrogates lone_;
  std::size_t position_ = 0;
  std::string closers_;         // of the open containers: ']' or '}'
  bool value_due_ = true;       // a value must come next, no closer or comma
  bool is_known_utf8_ = false;  // the rest of the text is; else it was ASCII up to position_
  std::string items_;
  std::string error_;
};

}  // namespace provider_host::wire
