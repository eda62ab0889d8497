#include "platform/resource_limit.h"

#include <sys/syscall.h>
#include <unistd.h>

// libc calls prlimit64 (Linux 2.6.36). The older calls have the same structure where a long has 64 bits.

namespace provider_host::platform {

static_assert(sizeof(rlim_t) == sizeof(unsigned long));

int get_limit(int resource, rlimit& limit) {
  if (::syscall(SYS_prlimit64, 0, resource, nullptr, &limit) == 0) return 0;
  return static_cast<int>(::syscall(SYS_getrlimit, resource, &limit));
}

int set_limit(int resource, const rlimit& limit) {
  if (::syscall(SYS_prlimit64, 0, resource, &limit, nullptr) == 0) return 0;
  return static_cast<int>(::syscall(SYS_setrlimit, resource, &limit));
}

}  // namespace provider_host::platform
