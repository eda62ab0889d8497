#pragma once

#include <cstddef>
#include <span>

#include "base/fd.h"

namespace provider_host::platform {

/// What the kernel watches for a Poller: an epoll instance on Linux, a kqueue where there is one. Where it is missing
/// or cannot be made the set is not there, and every descriptor is to be watched with poll(2). Belongs to one thread.
class EventSet {
 public:
  EventSet();

  [[nodiscard]] bool is_there() const { return static_cast<bool>(queue_); }

  /// Watches `fd`, whose events come with `data`; false when there is no memory for it, or the set is not there. Throws
  /// std::system_error for what is no descriptor to wait for.
  bool add(int fd, bool writable, void* data);
  /// As add(), but an event comes once for each time that the descriptor becomes readable. The set must be there.
  void add_edge(int fd, void* data);
  /// An added `fd`; `writable` as it was added.
  void remove(int fd, bool writable);

  /// Waits at most so long, -1: for ever, and stores the data of what is ready. Returns how many those are, one for
  /// each descriptor and direction; -1 with errno when it cannot wait. The set must be there.
  int wait(std::span<void*> ready, int timeout_ms);

 private:
  Fd queue_;
};

}  // namespace provider_host::platform
