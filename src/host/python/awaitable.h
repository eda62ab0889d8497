#pragma once

#include <pybind11/pybind11.h>

namespace provider_host::host {

/// Whether `await value` works, told by its type alone: a metaclass or the value itself may return something
/// for any attribute. Needs the GIL.
bool is_awaitable(const pybind11::object& value);

}  // namespace provider_host::host
