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

int close_on_exec(int result, const int (&fds)[2]) {
  if (result != 0) return result;
  close_on_exec(fds[0]);
  close_on_exec(fds[1]);
  return 0;
}

}  // namespace

int pipe_close_on_exec(int (&fds)[2]) { return close_on_exec(::pipe(fds), fds); }

int socketpair_close_on_exec(int domain, int type, int (&fds)[2]) {
  return close_on_exec(::socketpair(domain, type, 0, fds), fds);
}

int socket_close_on_exec(int domain, int type) { return close_on_exec(::socket(domain, type, 0)); }

int accept_close_on_exec(int socket) { return close_on_exec(::accept(socket, nullptr, nullptr)); }

int dup2_close_on_exec(int from, int to) { return close_on_exec(::dup2(from, to)); }

}  // namespace provider_host::platform
