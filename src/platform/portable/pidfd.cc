#include "platform/pidfd.h"

#include <cerrno>

namespace provider_host::platform {

Fd open_pidfd(pid_t /*pid*/) {
  errno = ENOSYS;
  return {};
}

void signal_pidfd(int /*pidfd*/, int /*signal*/) {}

}  // namespace provider_host::platform
