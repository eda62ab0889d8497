#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "platform/wake_up.h"
#include "wire/stream_credit.h"

namespace provider_host::host {

/// What a stream may do next.
enum class Demand : std::uint8_t {
  kMore,  ///< Ask its generator for the next item.
  kWait,  ///< Wait until the pool has read more.
  kStop,  ///< Close its generator: nobody wants more.
};

/// What the pool has said about the streams that run: how much each may send, and whether it is read. The control
/// thread grants and closes, the code that runs a stream spends and waits. Thread-safe; nobody holds the mutex for
/// long. Needs no GIL.
class StreamCredits {
 public:
  /// A stream was taken off the channel; end() is due. Its `close` may have come before.
  void begin(std::uint64_t id);
  void end(std::uint64_t id);

  /// Control thread. A stream that does not run gets no credit; that it is closed is remembered.
  void grant(std::uint64_t id, std::uint64_t bytes);
  void close(std::uint64_t id);
  /// Any thread. wait() returns: a signal or an interrupt may be due for whoever waits.
  void wake();

  /// An item with a payload of so many bytes was sent.
  void spend(std::uint64_t id, std::size_t payload);

  [[nodiscard]] Demand demand(std::uint64_t id) const;

  /// Waits until demand() is not kWait, or until wake(), or for so long.
  void wait(std::uint64_t id, std::chrono::milliseconds limit);

  /// A descriptor that is readable when demand() may have changed for some stream, until forget_change(). Made at the
  /// first use. Throws std::system_error.
  int change_fd();
  void forget_change();

 private:
  struct State {
    wire::StreamCredit credit;
    bool is_closed = false;

    [[nodiscard]] Demand demand() const {
      if (is_closed) return Demand::kStop;
      return credit.is_open() ? Demand::kMore : Demand::kWait;
    }
  };

  // With mutex_ locked.
  void changed();

  // A stream that has ended just before is never taken.
  static constexpr std::size_t kMaxRemembered = 4096;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<std::uint64_t, State> streams_;
  std::deque<std::uint64_t> closed_early_;
  std::uint64_t wakes_ = 0;
  std::optional<platform::WakeUp> change_;
};

}  // namespace provider_host::host
