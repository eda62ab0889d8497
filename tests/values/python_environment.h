#pragma once

#include <gtest/gtest.h>
#include <pybind11/embed.h>

namespace provider_host::values {

/// Starts the interpreter once for all tests of the executable that include this header. It is never ended: the
/// process is, right after the tests. PYTHONPATH may name a directory with NumPy and pydantic.
class PythonEnvironment : public ::testing::Environment {
 public:
  void SetUp() override {
    if (Py_IsInitialized() == 0) pybind11::initialize_interpreter(false);
  }
};

inline ::testing::Environment* const kPythonEnvironment = ::testing::AddGlobalTestEnvironment(new PythonEnvironment);

}  // namespace provider_host::values
