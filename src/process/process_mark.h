#pragma once

#include <sys/types.h>

#include <atomic>

namespace provider_host::process {

/// Remembers in which process it was made, and detects the child of a fork() at the price of one load; what is
/// shared with the parent (processes, descriptors, an epoll instance, mutexes that some thread may have held) must not
/// be touched there. Copies remember the same process.
class ProcessMark {
 public:
  /// Throws std::system_error when there is no memory for it, the first time.
  ProcessMark();

  /// Whether this is still the process in which it was made. Any thread.
  [[nodiscard]] bool is_here() const noexcept { return forks_ == forks.load(std::memory_order_relaxed); }
  /// The process in which it was made.
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  static std::atomic<unsigned> forks;  // that lie between the first process and this one

  unsigned forks_;
  pid_t pid_;
};

}  // namespace provider_host::process
