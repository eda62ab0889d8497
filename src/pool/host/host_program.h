#pragma once

#include "pool/host/spawned_host.h"
#include "provider_host/interpreters.h"
#include "provider_host/options.h"

namespace provider_host::internal {

/// The host executable for an interpreter, with the environment that the options ask for. Throws ConfigError when there
/// is no such host or no such directory.
HostProgram host_program(const PoolOptions& options, const Interpreter& interpreter);

}  // namespace provider_host::internal
