#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "provider_host/outcome_sink.h"
#include "provider_host/pool.h"

namespace provider_host::bindings {

/// Calls that come as blocks of frames, and whose responses go as blocks of frames, in the order of settling. Knows no
/// Python. Must be owned by a shared_ptr. Thread-safe. In a forked child nothing may be used but the destructor.
class BlockCalls : public OutcomeSink, public std::enable_shared_from_this<BlockCalls> {
 public:
  using Interrupted = std::function<bool()>;

  /// `deadline`: that of the pool's options, in seconds. The pool must outlive the use of `submit`, but not this.
  BlockCalls(Pool& pool, double deadline) : pool_(pool), deadline_(deadline) {}

  /// Submits the calls of a block (pipe/frame_block.h), and never waits for capacity. `ages`: how many seconds each of
  /// them has waited already, which its deadline is shorter by; empty: none. A frame that is no call, or has the id of
  /// a call without a response, settles as `invalid_request` under its id. Throws std::invalid_argument, and submits
  /// nothing, when this is no block, or not so many ages.
  void submit(std::string_view block, std::span<const double> ages);

  /// Waits at most `wait` seconds for the first response, then at most `gather` seconds for more, until `limit` bytes
  /// of them are there or no call is without one. Returns frames of at most about `limit` bytes, though one at least;
  /// nothing when none has come, and when interrupted.
  std::string take(double wait, double gather, std::size_t limit, const Interrupted& interrupted);

  /// Cancels calls; ids that are not there are passed over.
  void cancel(std::span<const std::uint64_t> ids);
  /// Cancels those of these calls that no host has. One that was sent ahead of its turn may still begin.
  void withdraw(std::span<const std::uint64_t> ids);
  /// How many calls have no response that could be taken.
  [[nodiscard]] std::size_t outstanding() const;
  /// Ends all waits, also later ones.
  void close();

  void on_settled(std::span<TaggedOutcome> outcomes) override;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  enum class End : std::uint8_t { kNone, kWithdrawn, kCancelled };
  struct Entry {
    std::optional<Pending> pending;  // once submitted
    End asked = End::kNone;
  };
  struct Block {
    std::vector<TaggedCall> calls;
    std::vector<TaggedOutcome> refused;
  };
  enum class Waited : std::uint8_t { kCome, kInVain, kInterrupted };
  struct Awaited {
    std::size_t bytes = 0;
    bool or_last = false;  // or the response of the last call
  };

  [[nodiscard]] Block read(std::string_view block, std::span<const double> ages) const;
  void register_calls(Block& block);
  void attach(const std::vector<std::uint64_t>& ids, std::vector<Pending> pending);
  void forget(const std::vector<std::uint64_t>& ids);
  [[nodiscard]] Waited wait_for(Awaited awaited, TimePoint until, const Interrupted& interrupted);
  [[nodiscard]] bool has_come(Awaited awaited) const REQUIRES(mutex_);
  [[nodiscard]] std::vector<TaggedOutcome> take_out(std::size_t limit);
  void add(TaggedOutcome settled) REQUIRES(mutex_);
  void notify() REQUIRES(mutex_);

  Pool& pool_;
  const double deadline_;

  mutable Mutex mutex_;
  CondVar changed_;
  std::unordered_map<std::uint64_t, Entry> calls_ GUARDED_BY(mutex_);  // without a response, by id
  std::deque<TaggedOutcome> ready_ GUARDED_BY(mutex_);
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;  // about those of ready_
  std::size_t waiting_ GUARDED_BY(mutex_) = 0;
  std::size_t notify_at_ GUARDED_BY(mutex_) = 0;  // bytes, the fewest that one of those who wait waits for
  bool is_closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace provider_host::bindings
