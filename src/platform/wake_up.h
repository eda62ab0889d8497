#pragma once

#include "base/fd.h"

namespace provider_host::platform {

/// A descriptor that one thread makes readable for another that polls it: an eventfd, or where there is none a pipe.
/// Non-blocking and close-on-exec.
class WakeUp {
 public:
  /// The descriptors get the lowest free numbers from `lowest` on, or from 3 on where the limit does not allow that.
  /// Throws std::system_error when there is no descriptor left.
  explicit WakeUp(int lowest = 3);

  /// Makes fd() readable until the next clear(); false: that failed. Any thread; safe in signal handlers.
  bool set() const noexcept;
  void clear() const noexcept;
  [[nodiscard]] int fd() const { return read_.get(); }
  /// Whether it can be set again and again with no clear(), each time as an event of its own.
  [[nodiscard]] bool counts() const { return !write_; }

 private:
  Fd read_;   // both ends of an eventfd
  Fd write_;  // of a pipe
};

}  // namespace provider_host::platform
