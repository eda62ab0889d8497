#include "platform/peer.h"

#ifdef __APPLE__
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#endif

namespace provider_host::platform {

#ifdef __APPLE__
std::optional<Peer> peer_of(int socket) {
  Peer peer;
  gid_t group = 0;
  socklen_t size = sizeof peer.pid;
  if (::getpeereid(socket, &peer.user, &group) != 0) return std::nullopt;
  if (::getsockopt(socket, SOL_LOCAL, LOCAL_PEERPID, &peer.pid, &size) != 0) return std::nullopt;
  return peer;
}
#else
std::optional<Peer> peer_of(int /*socket*/) { return std::nullopt; }
#endif

}  // namespace provider_host::platform
