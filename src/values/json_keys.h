#pragma once

#include <pybind11/pybind11.h>

#include "values/json_error.h"
#include "values/json_types.h"

namespace provider_host::values {

/// Whether each key of an exact dict has a JSON key of its own: all are exact str, or all are exact int. Else two of
/// them may have one text, as 1 and "1". Runs no code of the keys. Needs the GIL.
bool has_distinct_keys(PyObject* dict);

/// A dict of the same values by the texts of their keys, in the order of the first that has the text; the last value
/// wins, as for JSON.parse. `pairs` is a list of (key, value). Texts are those of json.dumps for str, int, float, bool
/// and None; keys of other types, such as NumPy's integers and Enum, count as their plain value. Runs the keys'
/// code. Empty after an error, which it sets in `failure`; `owner` is the type that gave the pairs. Needs the GIL.
pybind11::object by_key_text(PyObject* pairs, PyTypeObject* owner, TypeForms& forms, JsonError& failure);

}  // namespace provider_host::values
