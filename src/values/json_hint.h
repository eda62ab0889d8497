#pragma once

#include <pybind11/pybind11.h>

namespace provider_host::values {

/// A hint for a value that has no JSON form. Static storage. Runs none of the value's code. Needs
/// the GIL.
const char* hint_for(PyObject* value);

}  // namespace provider_host::values
