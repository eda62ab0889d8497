#include "bindings/completions.h"

#include <iterator>
#include <utility>

namespace provider_host::bindings {

int Completions::fileno() {
  const MutexLock lock(mutex_);
  return event_.fileno();
}

void Completions::wake() {
  const MutexLock lock(mutex_);
  event_.set();
}

std::vector<TaggedOutcome> Completions::take() {
  const MutexLock lock(mutex_);
  event_.clear();
  return std::exchange(settled_, {});
}

void Completions::on_settled(std::span<TaggedOutcome> outcomes) {
  const MutexLock lock(mutex_);
  settled_.insert(settled_.end(), std::make_move_iterator(outcomes.begin()), std::make_move_iterator(outcomes.end()));
  event_.set();
}

}  // namespace provider_host::bindings
