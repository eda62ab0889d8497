#pragma once

#include <cstdint>

#include "inject/trap.h"

namespace provider_host::inject {

/// As long as this lives, allocations of chosen threads fail: every operator new of the program, that of libraries
/// included, throws std::bad_alloc (or returns null where it must not throw), and realloc() as this project calls it
/// returns null. At most one at a time. For executables that link provider_host_inject.
class FailingAllocations {
 public:
  explicit FailingAllocations(Threads threads, Places places = {});
  ~FailingAllocations();
  FailingAllocations(const FailingAllocations&) = delete;
  FailingAllocations& operator=(const FailingAllocations&) = delete;

  /// From here on it only counts what it has counted.
  void stop();

  /// Allocations so far, and those of them that failed. Valid after stop(), too.
  [[nodiscard]] std::uint64_t passed() const;
  [[nodiscard]] std::uint64_t failed() const;
};

}  // namespace provider_host::inject
