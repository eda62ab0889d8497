#include "bindings/completions.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <iterator>
#include <system_error>
#include <utility>

namespace provider_host::bindings {

Completions::Completions() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Completions::wake() {
  const MutexLock lock(mutex_);
  make_readable();
}

std::vector<TaggedOutcome> Completions::take() {
  const MutexLock lock(mutex_);
  if (std::exchange(is_readable_, false)) {
    std::uint64_t wakes = 0;
    static_cast<void>(::read(event_.get(), &wakes, sizeof wakes));
  }
  return std::exchange(settled_, {});
}

void Completions::on_settled(std::span<TaggedOutcome> outcomes) {
  const MutexLock lock(mutex_);
  settled_.insert(settled_.end(), std::make_move_iterator(outcomes.begin()), std::make_move_iterator(outcomes.end()));
  make_readable();
}

void Completions::make_readable() {
  if (std::exchange(is_readable_, true)) return;
  const std::uint64_t one = 1;
  static_cast<void>(::write(event_.get(), &one, sizeof one));
}

}  // namespace provider_host::bindings
