#pragma once

#include <sys/types.h>

#include <optional>

namespace provider_host::platform {

/// The process at the other end of a Unix socket, as it was when it connected or listened.
struct Peer {
  pid_t pid = 0;
  uid_t user = 0;  ///< Its effective one.
};

/// Nothing when the system does not say it.
std::optional<Peer> peer_of(int socket);

}  // namespace provider_host::platform
