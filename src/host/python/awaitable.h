#pragma once

#include <pybind11/pybind11.h>

namespace provider_host::host {

/// Whether `await value` works, told by its type alone: a metaclass or the value itself may answer whatever it is
/// asked. Needs the GIL.
bool is_awaitable(const pybind11::object& value);

}  // namespace provider_host::host
