#pragma once

namespace provider_host::host {

/// The whole life of a host (docs/protocol.md); the exit code.
int run_host(int argc, char** argv);

}  // namespace provider_host::host
