#pragma once

#include <atomic>
#include <cstdint>

namespace provider_host::internal {

/// Who reads the items of a stream from its host's channel: its reader, who has leased that, or the reactor, at first.
/// Between two items the reader is away, for as long as it likes. Then whoever needs the channel takes the stream over,
/// for good. Any thread.
///
///   lease() ──▶ reading ──end()──▶ away ──begin()──▶ reading …
///                  └──give_up()──▶ taken ◀──take_over()── away
class ReadingTurn {
 public:
  /// Before anybody else knows of the stream: its reader leases a host, and begins to read.
  void lease() { state_ = State::kReading; }

  /// The reader is about to read. False: the reactor does so.
  [[nodiscard]] bool begin() {
    State away = State::kAway;
    turns_.fetch_add(1, std::memory_order_relaxed);
    return state_.compare_exchange_strong(away, State::kReading);
  }
  /// How often the reader has begun to read.
  [[nodiscard]] std::uint64_t turns() const { return turns_.load(std::memory_order_relaxed); }
  /// The reader has read for now.
  void end() { state_ = State::kAway; }
  /// The reader hands over what it was reading itself, or the stream has ended.
  void give_up() { state_ = State::kTaken; }

  /// Takes the stream over, unless its reader is reading. Whether the caller has it now, to give it to the reactor.
  [[nodiscard]] bool take_over() {
    State away = State::kAway;
    return state_.compare_exchange_strong(away, State::kTaken);
  }
  /// Whether the reactor has it.
  [[nodiscard]] bool is_taken() const { return state_ == State::kTaken; }

 private:
  enum class State : std::uint8_t { kTaken, kAway, kReading };
  std::atomic<State> state_ = State::kTaken;
  std::atomic<std::uint64_t> turns_ = 0;
};

}  // namespace provider_host::internal
