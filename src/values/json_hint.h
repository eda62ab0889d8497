#pragma once

#include <pybind11/pybind11.h>

namespace provider_host::values {

/// What to do about a value that has no JSON form, for a person. Static storage. Runs none of the value's code. Needs
/// the GIL.
const char* hint_for(PyObject* value);

}  // namespace provider_host::values
