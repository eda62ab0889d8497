#include "values/json_number_token.h"

#include <charconv>
#include <string>
#include <system_error>

#include "values/json_integer.h"

namespace provider_host::values {
namespace {

namespace py = pybind11;

// Scans a text. At its end it sees a character that no number contains.
struct Cursor {
  std::string_view text;
  std::size_t position = 0;

  [[nodiscard]] char peek() const { return position < text.size() ? text[position] : '\0'; }
  bool skip(char c) {
    if (peek() != c) return false;
    ++position;
    return true;
  }
  bool skip_digits() {
    const std::size_t start = position;
    while (peek() >= '0' && peek() <= '9') ++position;
    return position > start;
  }
};

}  // namespace

std::optional<NumberToken> NumberToken::parse(std::string_view token) {
  Cursor cursor{token};
  cursor.skip('-');
  if (!cursor.skip('0') && !cursor.skip_digits()) return std::nullopt;
  bool integer = true;
  if (cursor.skip('.')) {
    integer = false;
    if (!cursor.skip_digits()) return std::nullopt;
  }
  if (cursor.skip('e') || cursor.skip('E')) {
    integer = false;
    if (!cursor.skip('+')) cursor.skip('-');
    if (!cursor.skip_digits()) return std::nullopt;
  }
  if (token.find_first_not_of(" \t\r\n", cursor.position) != std::string_view::npos) return std::nullopt;
  return NumberToken(token.substr(0, cursor.position), integer);
}

py::object NumberToken::to_int() const {
  long long number = 0;
  const auto parsed = std::from_chars(text_.data(), text_.data() + text_.size(), number);
  if (parsed.ec != std::errc()) return int_from_digits(std::string(text_));
  PyObject* object = PyLong_FromLongLong(number);
  if (object == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(object);
}

// Not with simdjson: its 3.0 reads 0.184467440737095516165 as 5e-21.
py::object NumberToken::to_float() const {
  double number = 0;
  if (std::from_chars(text_.data(), text_.data() + text_.size(), number).ec != std::errc()) {
    number = PyOS_string_to_double(std::string(text_).c_str(), nullptr, nullptr);  // out of range: infinity or 0
    if (number == -1.0 && PyErr_Occurred() != nullptr) throw py::error_already_set();
  }
  PyObject* object = PyFloat_FromDouble(number);
  if (object == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(object);
}

}  // namespace provider_host::values
