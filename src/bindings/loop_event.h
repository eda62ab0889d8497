#pragma once

#include "platform/wake_up.h"

namespace provider_host::bindings {

/// A descriptor that an event loop watches. It costs a system call only when it changes. Not thread-safe. Making one
/// throws std::system_error.
class LoopEvent {
 public:
  [[nodiscard]] int fileno() const { return event_.fd(); }
  /// Makes it readable, until `clear`.
  void set();
  void clear();

 private:
  platform::WakeUp event_;
  bool is_set_ = false;
};

}  // namespace provider_host::bindings
