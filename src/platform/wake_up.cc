#include "platform/wake_up.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "platform/event_descriptor.h"
#include "platform/pipes.h"

namespace provider_host::platform {
namespace {

// Or the descriptor itself, when there is no number as high.
Fd from_number(Fd fd, int lowest) {
  if (fd.get() >= lowest) return fd;
  Fd high(::fcntl(fd.get(), F_DUPFD_CLOEXEC, lowest));
  return high ? std::move(high) : std::move(fd);
}

}  // namespace

WakeUp::WakeUp(int lowest) {
  Fd event = open_event_descriptor();
  if (event) {
    read_ = from_number(std::move(event), lowest);
    return;
  }
  if (errno == EMFILE || errno == ENFILE) throw std::system_error(errno, std::generic_category(), "eventfd");
  Ends pipe = make_pipe();
  make_non_blocking(pipe.ours);
  make_non_blocking(pipe.theirs);
  read_ = from_number(std::move(pipe.ours), lowest);
  write_ = from_number(std::move(pipe.theirs), lowest);
}

bool WakeUp::set() const noexcept {
  const std::uint64_t one = 1;
  const int fd = counts() ? read_.get() : write_.get();
  while (::write(fd, &one, sizeof one) < 0) {
    if (errno != EINTR) return errno == EAGAIN;  // full: it is readable
  }
  return true;
}

void WakeUp::clear() const noexcept {
  std::array<std::uint64_t, 64> sets;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled as far as used
  while (::read(read_.get(), sets.data(), counts() ? sizeof sets[0] : sizeof sets) == sizeof sets) {
  }
}

}  // namespace provider_host::platform
