#pragma once

#include <pybind11/pybind11.h>

#include <string>

namespace provider_host::values {

// Integers of any size keep every digit: Python's limit on the digits of an int (sys.set_int_max_str_digits) is lifted
// while they are converted, then restored. Both need the GIL.

/// The int of a decimal text with an optional minus. Throws pybind11::error_already_set.
pybind11::object int_from_digits(const std::string& digits);

/// The decimal text of an int, as a str. Empty with a Python error set when that fails.
pybind11::object digits_of_int(PyObject* number);

}  // namespace provider_host::values
