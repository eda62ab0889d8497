#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "values/json_writer.h"

namespace provider_host::values {

/// Builds a WriteError while the writer unwinds: first the error, then the path up to the root. Costs nothing without
/// an error. Needs the GIL where it is given Python objects.
class JsonError {
 public:
  /// What is wrong: "`what` at $.path", and "; `hint`" when there is one. Returns false, for the writer to return.
  bool set(std::string what, std::string hint = {});
  /// What take_python_error() gave: "`where` raised Type: text at $.path". Runs the exception's `__str__`.
  bool set_raised(const std::string& where, const pybind11::object& error);
  /// An error of the whole value, wherever it was noticed.
  bool set_at_root(std::string what, std::string hint = {});

  /// One step up, out of an array.
  bool at_index(std::size_t index);
  /// One step up, out of an object; `key` is the text between the quotes of the JSON key.
  bool at_key(std::string_view key);

  /// `root` is what the path begins with.
  [[nodiscard]] WriteError take(std::string root = "$");

 private:
  [[nodiscard]] std::string path(std::string root) const;

  std::string what_;
  std::string hint_;
  std::string traceback_;
  bool at_root_ = false;
  std::vector<std::string> steps_;  // innermost first
};

}  // namespace provider_host::values
