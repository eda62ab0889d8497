#include "platform/close_on_exec.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace provider_host::platform {
namespace {

int close_on_exec(int fd) {
  if (fd >= 0) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  return fd;
}

// What send_flags.h says.
int without_signal([[maybe_unused]] int socket) {
#ifdef SO_NOSIGPIPE
  const int yes = 1;
  if (socket >= 0) ::setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &yes, sizeof yes);
#endif
  return socket;
}

int close_on_exec(int result, const int (&fds)[2]) {
  if (result != 0) return result;
  close_on_exec(fds[0]);
  close_on_exec(fds[1]);
  return 0;
}

}  // namespace

int pipe_close_on_exec(int (&fds)[2]) { return close_on_exec(::pipe(fds), fds); }

int socketpair_close_on_exec(int domain, int type, int (&fds)[2]) {
  const int result = close_on_exec(::socketpair(domain, type, 0, fds), fds);
  if (result == 0) {
    without_signal(fds[0]);
    without_signal(fds[1]);
  }
  return result;
}

int socket_close_on_exec(int domain, int type) { return without_signal(close_on_exec(::socket(domain, type, 0))); }

int accept_close_on_exec(int socket) { return without_signal(close_on_exec(::accept(socket, nullptr, nullptr))); }

int dup2_close_on_exec(int from, int to) { return close_on_exec(::dup2(from, to)); }

}  // namespace provider_host::platform
