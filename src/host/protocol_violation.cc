#include "host/protocol_violation.h"

#include <unistd.h>

#include <cstdio>

namespace provider_host::host {

void exit_with(const ProtocolViolation& violation) {
  std::fprintf(stderr, "provider host: protocol violation: %s\n", violation.what());
  ::_exit(ProtocolViolation::kExitCode);
}

}  // namespace provider_host::host
