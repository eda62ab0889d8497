#include "host/platform/raw_calls.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace provider_host::host {

int raw_close(int fd) { return static_cast<int>(::syscall(SYS_close, fd)); }

// A filter of system calls may refuse dup3(2); it never fails with these errors itself. ARM64 has no dup2(2).
int raw_dup3(int from, int to, int flags) {
  const auto result = static_cast<int>(::syscall(SYS_dup3, from, to, flags));
#ifdef SYS_dup2
  if (result < 0 && (errno == ENOSYS || errno == EPERM)) {
    if (::syscall(SYS_dup2, from, to) < 0) return -1;
    if ((flags & O_CLOEXEC) != 0) ::fcntl(to, F_SETFD, FD_CLOEXEC);
    return to;
  }
#endif
  return result;
}

int raw_close_range(unsigned first, unsigned last, int flags) {
  return static_cast<int>(::syscall(SYS_close_range, first, last, flags));
}

int raw_kill(pid_t pid, int signal) { return static_cast<int>(::syscall(SYS_kill, pid, signal)); }

void raw_exit(int code) {
  while (true) ::syscall(SYS_exit_group, code);
}

int raw_execve(const char* path, char* const argv[], char* const envp[]) {
  return static_cast<int>(::syscall(SYS_execve, path, argv, envp));
}

}  // namespace provider_host::host
