#pragma once

#include "pool/spawned_host.h"
#include "provider_host/options.h"
#include "provider_host/pythons.h"

namespace provider_host::internal {

/// The host of an interpreter, and the surroundings that the options give it. Throws ConfigError when there is none, or
/// no such folder.
HostProgram host_program(const PoolOptions& options, const Interpreter& interpreter);

}  // namespace provider_host::internal
