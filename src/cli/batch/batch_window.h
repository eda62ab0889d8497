#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "base/mutex.h"
#include "cli/batch/batch_line.h"
#include "cli/batch/read_ahead.h"
#include "provider_host/outcome.h"
#include "provider_host/outcome_sink.h"
#include "provider_host/pool.h"

namespace provider_host::cli {

/// A call with its outcome, ready to be written.
struct SettledItem {
  ItemInfo item;
  Outcome outcome;
};

/// The calls that were read from the input and are not written yet. Its limits bound the memory of a batch. The reader
/// adds calls, the pool settles them, the writer takes them, each on its own thread and many at a time.
///
/// Reader and writer are woken when there is something to do for a while: a quarter of the window, or anything once
/// `kGathering` has passed since they last had something. So fast calls cost few wake-ups, slow ones are not delayed.
class BatchWindow : public OutcomeSink {
 public:
  struct Limits {
    std::size_t calls = 64;                     ///< At most this many, unless calls are fast.
    std::size_t fast_calls = 64;                ///< At most this many, when they are (ReadAhead).
    std::size_t bytes = std::size_t{64} << 20;  ///< Arguments and results; a single call may exceed it.
    bool ordered = true;                        ///< Taken in the order they were added, or as they settle.
  };

  /// How long the writer and the reader let things gather.
  static constexpr std::chrono::milliseconds kGathering{2};
  /// How long the handles of calls that were added are waited for; their thread may be late.
  static constexpr std::chrono::seconds kAttaching{5};

  /// A call that is to be added. `tag` is set by `add`: what the call's outcome is known by.
  struct NewItem {
    ItemInfo item;
    std::size_t bytes = 0;
    std::uint64_t tag = 0;
  };

  explicit BatchWindow(Limits limits) : limits_(limits), ahead_(limits.calls, limits.fast_calls) {}

  /// Waits for space. Returns for how many calls there is some, as long as `has_space_for_bytes`; 0 when the window
  /// was closed instead.
  std::size_t wait_for_space();
  [[nodiscard]] bool has_space_for_bytes();

  /// Adds calls that will be settled; false: the window is closed, and nothing was added.
  [[nodiscard]] bool add(std::span<NewItem> items);
  /// Sets the handles by which the calls of `tags` can be cancelled. They may be settled already. By the thread that
  /// has added them, before it adds more.
  void attach(std::span<const std::uint64_t> tags, std::span<Pending> pending);
  /// The outcomes of calls by their tag. Once for each.
  void on_settled(std::span<TaggedOutcome> outcomes) override;

  /// No more calls will be added: `take()` ends when the last one was taken.
  void finish();
  /// No more calls are accepted.
  void close();

  /// Waits for what is ready and takes all of it; empty at the end. Valid until the next `take()`.
  std::span<SettledItem* const> take();

  /// Cancels the calls that no host has, the newest first, so that none of them gets a host meanwhile. In a closed
  /// window no call begins once this has returned: it waits for the handles of calls that were just added, and for the
  /// pool to have taken back what was sent ahead, some seconds at most. Not for the thread that adds, before it has
  /// attached.
  void cancel_waiting();

 private:
  struct Slot {
    SettledItem settled;
    Pending pending;
    std::uint64_t tag = 0;  // its place in slots_
    std::size_t bytes = 0;
    bool is_settled = false;
    bool is_attached = false;
  };
  [[nodiscard]] bool has_space(std::size_t calls) const REQUIRES(mutex_);
  [[nodiscard]] std::size_t quarter() const REQUIRES(mutex_);
  Slot& free_slot() REQUIRES(mutex_);
  void settle(TaggedOutcome& outcome) REQUIRES(mutex_);
  void wait_for_ready(MutexLock& lock) REQUIRES(mutex_);
  void clear_taken();

  const Limits limits_;
  std::vector<SettledItem*> taken_;  // of the writer: those of taken_slots_
  std::vector<Slot*> taken_slots_;   // of the writer

  Mutex mutex_;
  CondVar space_;
  CondVar ready_;
  CondVar attached_;
  ReadAhead ahead_ GUARDED_BY(mutex_);
  std::deque<Slot> slots_ GUARDED_BY(mutex_);   // they stay where they are
  std::vector<Slot*> free_ GUARDED_BY(mutex_);  // of slots_
  std::deque<Slot*> due_ GUARDED_BY(mutex_);    // in the order of taking; unless ordered, only those that are settled
  std::size_t ready_count_ GUARDED_BY(mutex_) = 0;  // of due_, from its beginning: those that are settled
  std::size_t count_ GUARDED_BY(mutex_) = 0;        // calls that were added and not taken
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
  std::size_t ready_wanted_ GUARDED_BY(mutex_) = 0;  // the writer waits for so many; 0: it does not wait
  std::size_t space_wanted_ GUARDED_BY(mutex_) = 0;  // the same of the reader
  ReadAhead::Clock::time_point last_take_ GUARDED_BY(mutex_);
  bool is_submitting_ GUARDED_BY(mutex_) = false;  // calls were added, and their handles are not attached yet
  bool finished_ GUARDED_BY(mutex_) = false;
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace provider_host::cli
