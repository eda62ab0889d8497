#include "platform/clone3.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace provider_host::platform {
namespace {

// The kernel says EINVAL to no arguments.
bool is_refused() {
#ifdef SYS_clone3
  return ::syscall(SYS_clone3, nullptr, 0) < 0 && errno == EPERM;
#else
  return false;
#endif
}

}  // namespace

std::string clone3_hint(int error) {
  if (error != EPERM || !is_refused()) return "";
  return " (a seccomp profile refuses clone3 with EPERM, so that libc starts no thread and no process: allow clone3, "
         "or "
         "let it fail with ENOSYS)";
}

}  // namespace provider_host::platform
