#pragma once

#include <pybind11/pybind11.h>

#include <string_view>

namespace provider_host::values {

/// The bytes as base64 text (RFC 4648, with padding, no line breaks), a str. Empty with a Python error set when memory
/// is short. Needs the GIL.
pybind11::object base64_text(std::string_view bytes);

}  // namespace provider_host::values
