#pragma once

#include <pybind11/pybind11.h>

#include "provider_host/options.h"

namespace provider_host::bindings {

/// Options from a dict with the names of the members of PoolOptions; `log` is left out. Throws pybind11::type_error for
/// an unknown name or a value of the wrong type, and ConfigError for a word that is none of the choices. Needs the GIL.
PoolOptions options_from(const pybind11::dict& options);

}  // namespace provider_host::bindings
