#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <optional>
#include <string_view>

namespace provider_host::values {

/// The text of one JSON number (RFC 8259), checked. Refers to the text it was parsed from.
class NumberToken {
 public:
  /// Nothing when `token` is anything but a number and white space behind it.
  static std::optional<NumberToken> parse(std::string_view token);

  [[nodiscard]] bool is_integer() const { return integer_; }

  /// The int with every digit. Needs the GIL; throws pybind11::error_already_set.
  [[nodiscard]] pybind11::object to_int() const;
  /// The float that Python reads, infinite beyond the range of a double. Needs the GIL; throws
  /// pybind11::error_already_set.
  [[nodiscard]] pybind11::object to_float() const;

 private:
  NumberToken(std::string_view text, bool integer) : text_(text), integer_(integer) {}

  std::string_view text_;
  bool integer_;
};

}  // namespace provider_host::values
