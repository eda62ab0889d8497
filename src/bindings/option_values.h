#pragma once

#include <pybind11/pybind11.h>

#include <optional>
#include <string_view>

#include "provider_host/option_table.h"

namespace provider_host::bindings {

/// The value that a Python object means for an option; nothing when it is of another type. It may be out of the range.
/// Whole numbers are what has `__index__`, seconds also what has `__float__`, sizes also text, a range also a tuple or
/// list of two whole numbers. A bool is no number; for a choice with the words `on` and `off` it is one of these. None
/// is not set. Needs the GIL.
std::optional<OptionValue> value_of_option(const PoolOption& option, const pybind11::handle& value);

/// What is wrong with the object, beginning with the option's name. Shows no environment variables.
std::string error_of_option(const PoolOption& option, const pybind11::handle& value);

/// Sets the option. Throws ConfigError with `error_of_option`.
void set_option(PoolOptions& options, const PoolOption& option, const pybind11::handle& value);

}  // namespace provider_host::bindings
