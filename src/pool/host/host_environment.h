#pragma once

#include <string>
#include <vector>

#include "provider_host/options.h"

namespace provider_host::internal {

/// The environment of a host, NAME=VALUE each, made from `environment`, which is that of this process. Pure.
std::vector<std::string> host_environment(const PoolOptions& options, const std::vector<std::string>& environment);

/// This process's own.
std::vector<std::string> own_environment();

}  // namespace provider_host::internal
