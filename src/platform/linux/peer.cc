#include "platform/peer.h"

#include <sys/socket.h>

namespace provider_host::platform {

std::optional<Peer> peer_of(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
  return Peer{.pid = credentials.pid, .user = credentials.uid};
}

}  // namespace provider_host::platform
