#pragma once

#include <pybind11/embed.h>

#include <cstdlib>
#include <iostream>

namespace provider_host::fuzz {

/// Functions of a Python file beside this header, which say what is right. Starts the interpreter; one per process,
/// for good.
class PythonOracle {
 public:
  explicit PythonOracle(const char* module) {
    ::setenv("PYTHONMALLOC", "malloc", 1);  // so that the address sanitizer sees every Python object
    ::setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
    pybind11::initialize_interpreter(false);
    pybind11::module_::import("sys").attr("path").attr("insert")(0, FUZZ_DIRECTORY);
    module_ = pybind11::module_::import(module).release();
  }

  /// Calls a function; what it raises ends the process, with the traceback.
  template <typename... Arguments>
  pybind11::object call(const char* function, Arguments&&... arguments) const {
    try {
      return module_.attr(function)(std::forward<Arguments>(arguments)...);
    } catch (const pybind11::error_already_set& error) {
      std::cerr << error.what() << "\n";
      std::abort();
    }
  }

 private:
  pybind11::handle module_;
};

}  // namespace provider_host::fuzz
