#pragma once

#include "pool/host/spawned_host.h"
#include "provider_host/interpreters.h"
#include "provider_host/options.h"

namespace provider_host::internal {

/// The host of an interpreter, and the surroundings that the options give it. Throws ConfigError when there is none, or
/// no such directory.
HostProgram host_program(const PoolOptions& options, const Interpreter& interpreter);

}  // namespace provider_host::internal
