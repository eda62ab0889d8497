#include "host/restrictions.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "host/close_around.h"
#include "host/platform/new_privileges.h"
#include "platform/descriptors.h"
#include "platform/resource_limit.h"

namespace provider_host::host {
namespace {

constexpr int kRefusedExit = 71;  // EX_OSERR of sysexits.h

void check(int result, const char* what) {
  if (result == 0) return;
  std::fprintf(stderr, "provider host: %s cannot be set: %s\n", what, std::strerror(errno));
  ::_exit(kRefusedExit);
}

// Lowers both limits, so that the script cannot raise it again; a lower one that holds already stays.
void lower_limit(int resource, rlim_t maximum, const char* what) {
  rlimit limit{};
  check(platform::get_limit(resource, limit), what);
  limit.rlim_max = std::min(limit.rlim_max, maximum);
  limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
  check(platform::set_limit(resource, limit), what);
}

}  // namespace

void close_other_descriptors(const Channels& channels) {
  if (close_around(channels.numbers(), STDERR_FILENO + 1, ~0U, platform::close_descriptors)) return;
  std::fputs(
      "provider host: descriptors may have been inherited: the system does not say which are open, and there may be "
      "too many to try each; lower the limit of open files (`ulimit -n`)\n",
      stderr);
}

void detach_from_terminal() {
  const Fd terminal(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (terminal) ::ioctl(terminal.get(), TIOCNOTTY);
}

void apply_restrictions(const StartMessage& start) {
  if (start.memory_limit > 0) lower_limit(RLIMIT_AS, start.memory_limit, "memory_limit");
  if (!start.core_dumps) lower_limit(RLIMIT_CORE, 0, "the limit of core files");
  if (start.no_new_privs) check(forbid_new_privileges(), "no_new_privs");
  if (start.umask) ::umask(static_cast<mode_t>(*start.umask));
}

}  // namespace provider_host::host
