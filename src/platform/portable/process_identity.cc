#include "platform/process_identity.h"

// POSIX says neither when another process has begun nor all that a process hands down.

namespace provider_host::platform {

std::optional<ProcessIdentity> identity_of(pid_t /*pid*/) { return std::nullopt; }

std::optional<std::string> inherited_attributes() { return std::nullopt; }

std::string changeable_attributes(pid_t /*pid*/) { return {}; }

}  // namespace provider_host::platform
