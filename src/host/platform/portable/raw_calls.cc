#include "host/platform/raw_calls.h"

#include <dlfcn.h>
#include <fcntl.h>

#include <cerrno>

namespace provider_host::host {
namespace {

template <typename Function>
void find(Function*& function, const char* name) {
  function = reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// Libc's own functions; null where there is none.
struct Libc {
  Libc() {
    find(close, "close");
    find(dup2, "dup2");
    find(close_between, "close_range");
    find(kill, "kill");
    find(exit, "_exit");
    find(execve, "execve");
  }

  int (*close)(int) = nullptr;
  int (*dup2)(int, int) = nullptr;
  int (*close_between)(unsigned, unsigned, int) = nullptr;
  int (*kill)(pid_t, int) = nullptr;
  void (*exit)(int) = nullptr;
  int (*execve)(const char*, char* const[], char* const[]) = nullptr;
};

// Constructors of other libraries may call before those of this executable run.
const Libc& libc() {
  static const Libc functions;
  return functions;
}

// A signal handler must not be the first to look for them.
[[maybe_unused]] const Libc& g_found_at_start = libc();

}  // namespace

int raw_close(int fd) { return libc().close(fd); }

int raw_dup3(int from, int to, int flags) {
  if (from == to) {
    errno = EINVAL;
    return -1;
  }
  const int result = libc().dup2(from, to);
  if (result >= 0 && (flags & O_CLOEXEC) != 0) ::fcntl(to, F_SETFD, FD_CLOEXEC);
  return result;
}

int raw_close_range(unsigned first, unsigned last, int flags) {
  if (libc().close_between != nullptr) return libc().close_between(first, last, flags);
  errno = ENOSYS;
  return -1;
}

int raw_kill(pid_t pid, int signal) { return libc().kill(pid, signal); }

void raw_exit(int code) {
  while (true) libc().exit(code);
}

int raw_execve(const char* path, char* const argv[], char* const envp[]) { return libc().execve(path, argv, envp); }

}  // namespace provider_host::host
