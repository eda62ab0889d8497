#pragma once

#include <pybind11/pybind11.h>

#include <optional>
#include <string>

#include "provider_host/options.h"

namespace provider_host::bindings {

/// The options that the keys of the dict name. Throws ConfigError for a value that option_table.h does not allow, and
/// for a name that is none. Needs the GIL.
PoolOptions options_from(const pybind11::dict& options);

/// Limits of one call; those that are empty are the pool's.
struct CallLimits {
  std::optional<double> timeout;
  std::optional<double> deadline;
  std::optional<double> item_timeout;
  std::optional<int> retries;
  std::optional<double> queue_wait;
  std::string affinity;
};

/// The limits that the keys of the dict name, None being the pool's. Raises InvalidRequest for a value that is no
/// number; its range is checked with the call. Needs the GIL.
CallLimits limits_from(const pybind11::dict& limits);

/// The seconds that a method's argument `name` means. Throws ConfigError for anything but a limit in time. Needs the
/// GIL.
double seconds_from(const char* name, const pybind11::handle& value);

/// The least and the most hosts that an argument `name` means: a pair of integers. Throws ConfigError for anything but
/// a number of hosts or a range of them. Needs the GIL.
pybind11::tuple workers_from(const char* name, const pybind11::handle& value);

/// The table of options, a dict for each: `name`, `requirement`, `default`. Needs the GIL.
pybind11::list described_options();

}  // namespace provider_host::bindings
