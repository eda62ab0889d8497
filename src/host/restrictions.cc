#include "host/restrictions.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace provider_host::host {
namespace {

constexpr int kRefusedExit = 71;  // EX_OSERR of sysexits.h

void close_between(int first, int last) {
  if (first > last) return;
  ::syscall(SYS_close_range, static_cast<unsigned>(first), static_cast<unsigned>(last), 0);
}

void check(int result, const char* what) {
  if (result == 0) return;
  std::fprintf(stderr, "provider host: %s cannot be set: %s\n", what, std::strerror(errno));
  ::_exit(kRefusedExit);
}

// Lowers both limits, so that the script cannot raise it again; a lower one that holds already stays.
void lower_limit(decltype(RLIMIT_AS) resource, rlim_t maximum, const char* what) {
  rlimit limit{};
  check(::getrlimit(resource, &limit), what);
  limit.rlim_max = std::min(limit.rlim_max, maximum);
  limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
  check(::setrlimit(resource, &limit), what);
}

}  // namespace

void close_other_descriptors(const Channels& channels) {
  Channels::Numbers kept = channels.numbers();
  std::ranges::sort(kept);
  int first = STDERR_FILENO + 1;
  for (const int fd : kept) {
    if (fd < first) continue;  // none
    close_between(first, fd - 1);
    first = fd + 1;
  }
  ::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, 0);
}

void detach_from_terminal() {
  const Fd terminal(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (terminal) ::ioctl(terminal.get(), TIOCNOTTY);
}

void apply_restrictions(const StartMessage& start) {
  if (start.memory_limit > 0) lower_limit(RLIMIT_AS, start.memory_limit, "memory_limit");
  if (!start.core_dumps) lower_limit(RLIMIT_CORE, 0, "the limit of core files");
  if (start.no_new_privs) check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
  if (start.umask) ::umask(*start.umask);
}

}  // namespace provider_host::host
