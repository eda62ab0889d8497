#include "bindings/completions.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

namespace provider_host::bindings {

Completions::Completions() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

std::vector<TaggedOutcome> Completions::take() {
  const MutexLock lock(mutex_);
  if (!settled_.empty()) {
    eventfd_t count = 0;
    ::eventfd_read(event_.get(), &count);
  }
  return std::exchange(settled_, {});
}

void Completions::on_settled(std::span<TaggedOutcome> outcomes) {
  const MutexLock lock(mutex_);
  const bool was_empty = settled_.empty();
  settled_.insert(settled_.end(), std::make_move_iterator(outcomes.begin()), std::make_move_iterator(outcomes.end()));
  if (was_empty) ::eventfd_write(event_.get(), 1);
}

}  // namespace provider_host::bindings
