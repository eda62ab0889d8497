#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/mutex.h"
#include "bindings/loop_event.h"

namespace provider_host::bindings {

/// Which streams of one event loop can be read now, by numbers of the loop's own. A number stays first until it is
/// dropped, and the descriptor readable until none is left: so a signal handler that raises on the loop's thread costs
/// no stream its turn. Thread-safe.
class ReadableStreams {
 public:
  /// Readable while there are any.
  [[nodiscard]] int fileno();
  /// Needs no GIL.
  void add(std::uint64_t stream);
  /// The first one; nothing when there is none.
  [[nodiscard]] std::optional<std::uint64_t> first();
  void drop_first();

 private:
  Mutex mutex_;
  LoopEvent event_ GUARDED_BY(mutex_);
  std::deque<std::uint64_t> streams_ GUARDED_BY(mutex_);
};

}  // namespace provider_host::bindings
