#include "platform/exit_watch.h"

#include <cerrno>
#include <system_error>

#include "platform/exit_thread.h"
#include "platform/pidfd.h"

namespace provider_host::platform {

Fd watch_exit(pid_t child) {
  Fd pidfd = open_pidfd(child);
  if (pidfd) return pidfd;
  if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
    throw std::system_error(errno, std::generic_category(), "pidfd_open");
  }
  return watch_exit_in_thread(child);
}

}  // namespace provider_host::platform
