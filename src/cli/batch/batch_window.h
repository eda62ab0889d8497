#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/mutex.h"
#include "cli/batch/batch_line.h"
#include "provider_host/outcome.h"
#include "provider_host/pool.h"

namespace provider_host::cli {

/// A call with its outcome, ready to be written.
struct SettledItem {
  BatchItem item;
  Outcome outcome;
};

/// The calls that were read from the input and are not written yet. Its limits bound the memory of a batch. The reader
/// adds calls, the pool settles them, the writer takes them, each on its own thread.
class BatchWindow {
 public:
  struct Limits {
    std::size_t calls = 64;                     ///< At most this many.
    std::size_t bytes = std::size_t{64} << 20;  ///< Arguments and results; a single call may exceed it.
    bool ordered = true;                        ///< Taken in the order they were added, or as they settle.
  };

  explicit BatchWindow(Limits limits) : limits_(limits) {}

  /// Waits for space. Returns false when the window was closed instead.
  bool wait_for_space();

  /// Adds a call that will be settled, of that many bytes.
  void add(BatchItem item, std::size_t bytes);
  /// Sets the handle by which the call of `index` can be cancelled. It may be settled already.
  void attach(std::uint64_t index, Pending pending);
  /// The outcome of the call of `index`. Once for each.
  void settle(std::uint64_t index, Outcome outcome);

  /// No more calls will be added: `take()` ends when the last one was taken.
  void finish();
  /// No more calls are accepted.
  void close();

  /// Waits for what is ready and takes all of it; empty at the end.
  std::vector<SettledItem> take();

  /// Cancels the calls that no host has and that were added after the first `running` unsettled ones, the newest first,
  /// so that none of them gets a host meanwhile.
  void cancel_beyond(std::size_t running);

 private:
  struct Slot {
    BatchItem item;
    std::optional<Pending> pending;
    Outcome outcome;
    std::size_t bytes = 0;
    bool settled = false;
  };
  [[nodiscard]] bool has_space() const REQUIRES(mutex_);
  [[nodiscard]] bool is_next_settled() const REQUIRES(mutex_);
  SettledItem remove(std::map<std::uint64_t, Slot>::iterator slot) REQUIRES(mutex_);

  const Limits limits_;
  Mutex mutex_;
  CondVar space_;
  CondVar ready_;
  std::map<std::uint64_t, Slot> slots_ GUARDED_BY(mutex_);
  std::deque<std::uint64_t> settled_ GUARDED_BY(mutex_);  // unless ordered: in the order of settling
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
  bool finished_ GUARDED_BY(mutex_) = false;
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace provider_host::cli
