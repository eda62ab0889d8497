#pragma once

#include <pybind11/pybind11.h>

#include <string>

namespace provider_host::values {

// Facts about types, found without running their code. All need the GIL and leave no Python error.

/// What instances of `type` find under `name`, as Python looks up special methods: on the type and its bases, not on
/// its metaclass. Empty when there is nothing, or None.
pybind11::object type_attribute(PyTypeObject* type, const char* name);

/// Whether instances of `type` have such a method.
bool has_method(PyTypeObject* type, const char* name);

/// An attribute of a module that somebody has imported; else empty.
pybind11::object imported(const char* module, const char* name);

/// Whether `type` is, or derives from, a type in a module that somebody has imported.
bool derives_from(PyTypeObject* type, const char* module, const char* name);

/// The text of a str, lone surrogates as question marks; empty for anything else.
std::string text_of(const pybind11::object& str);

/// The type's name as a person would write it: `set`, `decimal.Decimal`, `provider.Answer`.
std::string type_name(PyTypeObject* type);

}  // namespace provider_host::values
