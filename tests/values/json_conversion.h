#pragma once

#include <gtest/gtest.h>
#include <pybind11/eval.h>

#include <span>
#include <string>
#include <string_view>

#include "base/byte_buffer.h"
#include "values/json_reader.h"
#include "values/json_writer.h"
#include "values/python_environment.h"

namespace provider_host::values {

/// Runs Python code in a fresh namespace; the answer is what it assigned to `value`.
inline pybind11::object python(const std::string& code) {
  pybind11::dict scope;
  scope["__builtins__"] = pybind11::module_::import("builtins");
  scope["__name__"] = "provider";
  pybind11::exec(code, scope);
  return scope["value"];
}

/// The value of a Python expression.
inline pybind11::object expression(const std::string& text) { return python("value = " + text); }

/// What Python's own json writes.
inline std::string dumps(const pybind11::object& value) {
  const auto json = pybind11::module_::import("json");
  return json
      .attr("dumps")(value, pybind11::arg("ensure_ascii") = false,
                     pybind11::arg("separators") = pybind11::make_tuple(",", ":"))
      .cast<std::string>();
}

/// What the writer writes. An error fails the test.
inline std::string written(const pybind11::object& value, const WriterOptions& options = {}) {
  ByteBuffer out;
  const WriteResult result = JsonWriter(options).write(value.ptr(), out, {});
  EXPECT_EQ(PyErr_Occurred(), nullptr);
  if (result.error) ADD_FAILURE() << result.error->message << "\n" << result.error->traceback;
  return std::string(out.view());
}

/// The error of a value. None fails the test; so does a buffer that was not cut back.
inline WriteError write_error_of(const pybind11::object& value, const WriterOptions& options = {}) {
  ByteBuffer out;
  out.append("before");
  WriteResult result = JsonWriter(options).write(value.ptr(), out, {});
  EXPECT_EQ(PyErr_Occurred(), nullptr);
  EXPECT_TRUE(result.error) << "no error but " << out.view().substr(0, 200);
  EXPECT_EQ(out.view().substr(0, 200), "before");
  return result.error ? *result.error : WriteError{};
}

/// What the reader reads `text` as. Throws JsonReadError.
inline pybind11::object read_with(JsonReader& reader, const std::string& text) {
  simdjson::ondemand::parser parser;
  const simdjson::padded_string padded("[" + text + "]");
  simdjson::ondemand::document document;
  simdjson::ondemand::value value;
  if (const auto error = parser.iterate(padded).get(document)) throw JsonReadError(simdjson::error_message(error));
  if (const auto error = document.get_value().get(value)) throw JsonReadError(simdjson::error_message(error));
  const pybind11::list list = reader.read(value);
  if (list.size() != 1 || document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    throw JsonReadError("not one value");
  }
  return list[0];
}

inline pybind11::object read(const std::string& text) {
  JsonReader reader;
  return read_with(reader, text);
}

/// Equal in value and type, all the way down; the difference between 1, 1.0 and True counts.
inline bool same(const pybind11::object& a, const pybind11::object& b) {
  return pybind11::repr(a).equal(pybind11::repr(b));
}

/// The text `count` times.
inline std::string times(std::size_t count, std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

}  // namespace provider_host::values
