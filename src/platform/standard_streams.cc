#include "platform/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "platform/pipes.h"

namespace provider_host::platform {

void occupy_standard_streams() noexcept {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return;
    const auto [reading, writing] = ends;
    ::dup2(fd == STDIN_FILENO ? writing : reading, fd);
    for (const int end : ends) {
      if (end != fd) ::close(end);
    }
  }
}

Fd open_empty() {
  const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return null ? Fd(::fcntl(null.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1)) : make_pipe().ours;
}

}  // namespace provider_host::platform
