#include "bindings/loop_event.h"

#include <utility>

namespace provider_host::bindings {

void LoopEvent::set() {
  if (!std::exchange(is_set_, true)) event_.set();
}

void LoopEvent::clear() {
  if (std::exchange(is_set_, false)) event_.clear();
}

}  // namespace provider_host::bindings
