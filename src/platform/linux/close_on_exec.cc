#include "platform/close_on_exec.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

// Each has a second way, for where the call with flags is missing (before Linux 2.6.28) or refused.

namespace provider_host::platform {
namespace {

bool may_not_be_called() { return errno == ENOSYS || errno == EPERM; }

int close_on_exec(int fd) { return fd < 0 || ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? fd : -1; }

}  // namespace

int pipe_close_on_exec(int (&fds)[2]) {
  const int result = ::pipe2(fds, O_CLOEXEC);
#ifdef SYS_pipe
  // libc's pipe() is pipe2().
  if (result != 0 && may_not_be_called() && ::syscall(SYS_pipe, fds) == 0) {
    return close_on_exec(fds[0]) < 0 || close_on_exec(fds[1]) < 0 ? -1 : 0;
  }
#endif
  return result;
}

int socketpair_close_on_exec(int domain, int type, int (&fds)[2]) {
  return ::socketpair(domain, type | SOCK_CLOEXEC, 0, fds);
}

int socket_close_on_exec(int domain, int type) { return ::socket(domain, type | SOCK_CLOEXEC, 0); }

int accept_close_on_exec(int socket) {
  const int fd = ::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC);
  return fd < 0 && may_not_be_called() ? close_on_exec(::accept(socket, nullptr, nullptr)) : fd;
}

int dup2_close_on_exec(int from, int to) {
  const int fd = static_cast<int>(::syscall(SYS_dup3, from, to, O_CLOEXEC));
#ifdef SYS_dup2
  if (fd < 0 && may_not_be_called()) return close_on_exec(static_cast<int>(::syscall(SYS_dup2, from, to)));
#endif
  return fd;
}

}  // namespace provider_host::platform
