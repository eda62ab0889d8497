#include "bindings/loop_event.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace provider_host::bindings {

LoopEvent::LoopEvent() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void LoopEvent::set() {
  if (std::exchange(is_set_, true)) return;
  const std::uint64_t one = 1;
  static_cast<void>(::write(event_.get(), &one, sizeof one));
}

void LoopEvent::clear() {
  if (!std::exchange(is_set_, false)) return;
  std::uint64_t sets = 0;
  static_cast<void>(::read(event_.get(), &sets, sizeof sets));
}

}  // namespace provider_host::bindings
