#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>

#include "values/json_types.h"

namespace provider_host::values {

/// Converts values to plainer ones. Runs the values' code.
struct PlainValue {
  pybind11::object value;  ///< A new reference; empty when the value's code raised, or there were too many items.
  pybind11::object error;  ///< The exception that was raised, taken off the thread; else empty.
  bool has_too_many_items = false;
};

/// The plain form of `value`, whose type has `form`; not for Form::kNone. A list gets at most `max_items`: a
/// range or an iterator of user code may be endless. Never leaves a Python error set. Throws nothing but
/// std::bad_alloc.
PlainValue plain_value(TypeForm form, PyObject* value, std::size_t max_items);

}  // namespace provider_host::values
