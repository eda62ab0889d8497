#include "platform/close_on_exec.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace provider_host::platform {

int pipe_close_on_exec(int (&fds)[2]) { return ::pipe2(fds, O_CLOEXEC); }

int socketpair_close_on_exec(int domain, int type, int (&fds)[2]) {
  return ::socketpair(domain, type | SOCK_CLOEXEC, 0, fds);
}

int socket_close_on_exec(int domain, int type) { return ::socket(domain, type | SOCK_CLOEXEC, 0); }

int accept_close_on_exec(int socket) { return ::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC); }

int dup2_close_on_exec(int from, int to) { return ::dup3(from, to, O_CLOEXEC); }

}  // namespace provider_host::platform
