#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "platform/latch.h"
#include "pool/reactor/clock.h"
#include "pool/stream/reading_turn.h"
#include "provider_host/outcome.h"
#include "provider_host/stream.h"
#include "wire/stream_credit.h"

namespace provider_host::internal {

class CallChannel;

/// The items of one stream, between the thread that receives them from the host and the one that reads them. Bounded
/// by the credit that the host has. Any thread.
class StreamItems {
 public:
  using OnItem = std::function<void(const Item&)>;
  using OnReadable = std::function<void()>;

  // --- set before the stream is shared
  OnItem on_item;          ///< Gets the items (CallState::deliver_next); may be empty.
  OnReadable on_readable;  ///< See Pool::stream; may be empty.

  ReadingTurn turn;
  CallChannel* channel = nullptr;  ///< That its reader has leased; the reader's in its turn.

  // --- who receives: the reactor thread, or the reader in its turn
  /// An item has come in a message of `payload` bytes. False: it is beyond the credit, a violation.
  [[nodiscard]] bool spend(std::size_t payload);
  /// Queues it for the reader. Throws std::bad_alloc: nothing has changed.
  void push(std::string_view json, std::size_t payload);
  /// It goes to the reader at once.
  void pass(std::size_t payload);
  /// What was read and is worth to be granted, in bytes; 0: nothing is, yet. From now on the host may send that much
  /// more, so it is to be told.
  [[nodiscard]] std::int64_t grant_due_credit();
  /// It could not be told.
  void undo_grant(std::int64_t bytes);
  /// Whether the host waits until its reader reads.
  [[nodiscard]] bool is_blocked() const;
  /// Whether any item has come: the call must not be run again.
  [[nodiscard]] bool has_received() const { return has_received_.load(std::memory_order_relaxed); }
  /// The call settles, and with it opens `settled`: nobody finds one without the other. The result of a function that
  /// does not stream is its only item.
  void end(const Outcome& outcome, platform::Latch& settled) noexcept;

  // --- who reads
  /// The next item that is there; nothing at the end, or when there is none yet (see has_ended). The one before is
  /// read now.
  std::optional<Item> take();
  /// Waits until there is an item or the end, at most until then.
  void wait(std::optional<TimePoint> until);
  /// Whether the last item is taken.
  [[nodiscard]] bool has_ended() const;
  /// How many items were taken; who wants to know whether they are read at all. Any thread.
  [[nodiscard]] std::uint64_t taken() const { return taken_.load(std::memory_order_relaxed); }
  /// Whether so much was read that it is worth to be granted.
  [[nodiscard]] bool is_credit_due() const;
  /// Nobody reads any more: drops what is there, and what comes.
  void close() noexcept;
  [[nodiscard]] bool is_closed() const { return is_closed_; }

  // --- delivery to on_item (CallState::deliver_next), by one thread at a time
  /// There is something new to deliver; whether that is to be scheduled, as it is not yet.
  [[nodiscard]] bool schedule() { return !is_scheduled_.exchange(true); }
  /// All that there was is delivered; whether it stays scheduled, as more has come meanwhile.
  [[nodiscard]] bool stays_scheduled();

 private:
  struct Entry {
    std::string json;
    std::int64_t cost = 0;
  };

  void tell_reader() const;
  [[nodiscard]] std::int64_t due_credit() const REQUIRES(mutex_);

  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<Entry> entries_ GUARDED_BY(mutex_);
  wire::StreamCredit credit_ GUARDED_BY(mutex_);
  std::int64_t current_ GUARDED_BY(mutex_) = 0;  // cost of the item that the reader has now
  std::int64_t read_ GUARDED_BY(mutex_) = 0;     // read and not granted
  bool has_ended_ GUARDED_BY(mutex_) = false;
  mutable std::atomic<bool> is_awaited_ = true;  // on_readable is to be called
  std::atomic<std::uint64_t> taken_ = 0;
  std::atomic<bool> has_received_ = false;
  std::atomic<bool> is_closed_ = false;
  std::atomic<bool> is_scheduled_ = false;
};

}  // namespace provider_host::internal
