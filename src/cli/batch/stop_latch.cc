#include "cli/batch/stop_latch.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "platform/close_on_exec.h"

namespace provider_host::cli {

StopLatch::StopLatch() {
  int ends[2];
  if (platform::pipe_close_on_exec(ends) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  read_end_ = FileDescriptor(ends[0]);
  write_end_ = FileDescriptor(ends[1]);
}

void StopLatch::stop(StopReason reason, std::exception_ptr failure) {
  const MutexLock lock(mutex_);
  if (reason_ != StopReason::kNone) return;
  reason_ = reason;
  failure_ = std::move(failure);
  [[maybe_unused]] const auto written = ::write(write_end_.get(), "x", 1);
}

StopReason StopLatch::reason() const {
  const MutexLock lock(mutex_);
  return reason_;
}

void StopLatch::rethrow() const {
  const MutexLock lock(mutex_);
  if (failure_ != nullptr) std::rethrow_exception(failure_);
}

}  // namespace provider_host::cli
