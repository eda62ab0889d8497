#include "host/platform/pool_process.h"

#include <sys/socket.h>

#include <cerrno>

#include "platform/pidfd.h"

namespace provider_host::host {

Fd watch_pool_process(const Fd& control) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(control.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return {};
  if (peer.pid > 0) return platform::open_pidfd(peer.pid);
  errno = ENOTSUP;  // it lives in another namespace of processes
  return {};
}

}  // namespace provider_host::host
