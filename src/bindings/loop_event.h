#pragma once

#include "base/fd.h"

namespace provider_host::bindings {

/// A descriptor that an event loop watches. It costs a system call only when it changes. Not thread-safe.
class LoopEvent {
 public:
  /// Throws std::system_error.
  LoopEvent();

  [[nodiscard]] int fileno() const { return event_.get(); }
  /// Makes it readable, until `clear`.
  void set();
  void clear();

 private:
  Fd event_;  // an eventfd
  bool is_set_ = false;
};

}  // namespace provider_host::bindings
