#pragma once

#include <cstdint>
#include <exception>

#include "base/mutex.h"
#include "cli/io/file_descriptor.h"

namespace provider_host::cli {

enum class StopReason : std::uint8_t {
  kNone,
  kInterrupted,   ///< SIGINT or SIGTERM.
  kRunnerLost,    ///< What runs the calls is gone.
  kOutputClosed,  ///< The reader of the output is gone.
  kFailed,        ///< The input cannot be read, the output cannot be written, or something unexpected.
};

/// Set once: that a batch stops, and why. Can be waited for with poll(). Any thread may use it.
class StopLatch {
 public:
  /// Throws std::system_error when there is no descriptor left.
  StopLatch();

  /// Only the first reason counts. `failure`: what kFailed means.
  void stop(StopReason reason, std::exception_ptr failure = nullptr);

  [[nodiscard]] StopReason reason() const;
  /// Throws the failure when the reason is kFailed.
  void rethrow() const;

  /// Readable from the moment of stop() on.
  [[nodiscard]] int fd() const { return read_end_.get(); }

 private:
  FileDescriptor read_end_;
  FileDescriptor write_end_;
  mutable Mutex mutex_;
  StopReason reason_ GUARDED_BY(mutex_) = StopReason::kNone;
  std::exception_ptr failure_ GUARDED_BY(mutex_);
};

}  // namespace provider_host::cli
