#pragma once

#include "cli/io/file_descriptor.h"

namespace provider_host::cli {

/// Ends a poll() of another thread. Any thread may use it.
class WakeUp {
 public:
  /// Throws std::system_error when there is no descriptor left.
  WakeUp();

  /// Makes fd() readable until the next clear().
  void set() const;
  void clear() const;
  [[nodiscard]] int fd() const { return event_.get(); }

 private:
  FileDescriptor event_;
};

}  // namespace provider_host::cli
