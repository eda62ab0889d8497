#pragma once

#include <cstdint>
#include <map>
#include <mutex>

namespace provider_host::host {

/// The calls that run in threads of their own, so that one of them can be interrupted and no other. begin() and end()
/// belong to the thread, interrupt() to any other; all need the GIL.
class ThreadCalls {
 public:
  /// The calling thread runs the code of this call from now on.
  void begin(std::uint64_t call);

  /// It no longer does; an interrupt that has not reached it will not. Doing it twice is no harm.
  void end(std::uint64_t call);

  /// Raises KeyboardInterrupt in the call's code at its next bytecode; a thread that waits in a system call gets there
  /// when that returns (PEP 475). False when the call has not begun or is over.
  bool interrupt(std::uint64_t call);

  /// Call id → thread.
  [[nodiscard]] std::map<std::uint64_t, unsigned long> threads() const {
    const std::lock_guard lock(mutex_);
    return threads_;
  }

 private:
  mutable std::mutex mutex_;  // for Pythons without a GIL
  std::map<std::uint64_t, unsigned long> threads_;
};

}  // namespace provider_host::host
