#include "host/platform/pool_process.h"

#include <cerrno>

#ifdef __APPLE__
#include <fcntl.h>
#include <sys/event.h>
#include <sys/socket.h>
#include <sys/un.h>
#endif

namespace provider_host::host {

#ifdef __APPLE__
// A kqueue is readable when it has an event.
Fd watch_pool_process(const Fd& control) {
  pid_t pid = 0;
  socklen_t size = sizeof pid;
  if (::getsockopt(control.get(), SOL_LOCAL, LOCAL_PEERPID, &pid, &size) != 0) return {};
  Fd queue(::kqueue());
  if (!queue) return {};
  ::fcntl(queue.get(), F_SETFD, FD_CLOEXEC);
  struct kevent end {};
  EV_SET(&end, pid, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, nullptr);
  return ::kevent(queue.get(), &end, 1, nullptr, 0, nullptr) == 0 ? std::move(queue) : Fd();
}
#else
Fd watch_pool_process(const Fd& /*control*/) {
  errno = ENOTSUP;
  return {};
}
#endif

}  // namespace provider_host::host
