#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "pool/call/call_state.h"
#include "pool/host/call_channel.h"
#include "pool/reactor/reactor.h"

namespace provider_host::internal {

/// Ownership of the call channel of each worker's host: it belongs to the reactor, to nobody (the host is idle), or to
/// a caller for one exchange.
///
///   reactor ──publish()──▶ idle ──acquire()──▶ caller
///      ▲ ◀──withdraw()──────┘ ◀────release()────┤
///      └──────────────── release(), transfer() ─┘   on recall, or when the exchange is unfinished
///
/// The reader of a stream has its channel for many exchanges. While it is away (ReadingTurn) whoever asks for the
/// channel takes the stream over, as if its reader had transferred it.
///
/// Nothing here takes longer when there are more hosts.
class HostLeases {
 public:
  /// Why the caller cannot finish its exchange.
  enum class Unfinished : std::uint8_t {
    kTimeUp,
    kInterrupted,
    kLeft,       ///< The caller waits for something else; the call goes on.
    kEnded,      ///< The channel has.
    kViolation,  ///< Of the protocol.
    kNoMemory,   ///< For the response.
  };
  /// A call that is handed to the reactor with its channel.
  struct Transfer {
    CallPtr call;
    Unfinished how{};
    std::string violation;
  };
  /// A channel that a caller has given back to the reactor.
  struct Returned {
    int worker = 0;
    std::optional<Transfer> transfer;  ///< The call that it has, if it is not done.
  };

  /// Workers are counted from 1. `reactor` outlives this.
  HostLeases(std::size_t workers, Reactor& reactor);

  // --- any thread
  /// The idle host that was used last, for this call, whose `host` and `pid` are set; nothing when none is idle, or
  /// after close().
  CallChannel* acquire(CallState& call);
  /// The same for a stream, whose reader reads at first (ReadingTurn::lease).
  CallChannel* acquire_stream(const CallPtr& call);
  /// The caller is done with the channel of its call's host: it is idle again, or the reactor's.
  void release(const CallState& call);
  /// Hands the call and its channel to the reactor. Needs no memory.
  void transfer(const CallPtr& call, Unfinished how, std::string violation) noexcept;
  /// The same for a stream that is to be closed, unless its reader is reading, or the reactor has it: then false.
  bool close_stream(const CallPtr& call);
  /// Whether the reactor wants the channel of this call, which the caller has.
  [[nodiscard]] bool is_recalled(const CallState& call) const;
  /// No more leases; the present ones return to the reactor.
  void close();
  [[nodiscard]] bool is_closed() const;

  // --- the reactor thread
  /// Callers may use the host's channel for so many calls; it must not be watched meanwhile.
  void publish(int worker, int pid, CallChannel& channel, std::uint64_t calls);
  /// Returns whether the reactor has the channel now. If not, it gets it at the end of the lease.
  bool withdraw(int worker);
  /// Whose a channel is.
  enum class Holder : std::uint8_t {
    kReactor,
    kNobody,  ///< The host is idle; withdraw() takes it, unless a caller is quicker.
    kCaller,  ///< It returns to the reactor at the end of the lease, as after withdraw().
  };
  /// Asks for the channel of a host that calls may be assigned to.
  Holder look_for(int worker);
  /// The same as withdraw(), and shuts down a channel that is leased.
  bool revoke(int worker);
  /// Whether a caller has the channel, or has not given it back for good; does not recall it.
  [[nodiscard]] bool is_leased(int worker) const;
  /// Whether the reactor has the channel; does not recall it.
  [[nodiscard]] bool has_reactor(int worker) const;
  /// The first channel that has come back and is not accepted yet. Costs next to nothing when there is none.
  [[nodiscard]] std::optional<Returned> first_returned();
  /// The reactor has such a channel, and its call, now.
  void accept(int worker);
  /// Takes over the streams whose readers have been away since the last time.
  void take_over_streams();
  /// Whether readers of streams have channels. Any thread.
  [[nodiscard]] bool has_streams() const { return streams_.load(std::memory_order_acquire) > 0; }
  /// How many channels callers have.
  [[nodiscard]] std::size_t leased() const;

 private:
  enum class Owner : std::uint8_t { kReactor, kNobody, kCaller };
  struct Entry;
  using List = std::list<Entry>;
  struct Entry {
    int worker = 0;
    List* list = nullptr;  // that it is in
    Owner owner = Owner::kReactor;
    CallChannel* channel = nullptr;
    int pid = 0;
    std::uint64_t calls_left = 0;
    bool is_recalled = false;
    CallPtr stream;                ///< Whose reader has it.
    std::uint64_t turns_seen = 0;  ///< Of its reader, the last time.
    std::optional<Transfer> transferred;
  };

  [[nodiscard]] List::iterator find(int worker) const { return entries_[static_cast<std::size_t>(worker - 1)]; }
  static void move(List::iterator entry, List& to);
  void give_back(List::iterator entry) REQUIRES(mutex_);
  bool reclaim(List::iterator entry) REQUIRES(mutex_);
  bool take_over(List::iterator entry, Unfinished how) REQUIRES(mutex_);
  void hand_over(List::iterator entry, Transfer transfer) REQUIRES(mutex_);
  void end_stream(List::iterator entry) REQUIRES(mutex_);
  CallChannel* acquire_idle(CallState& call) REQUIRES(mutex_);

  Reactor& reactor_;
  mutable Mutex mutex_;
  // Each entry is in one of these. Moving it to another needs no memory.
  List idle_ GUARDED_BY(mutex_);      // nobody's; the one used last is the first
  List returned_ GUARDED_BY(mutex_);  // back from a caller and not accepted yet
  List taken_ GUARDED_BY(mutex_);     // all others
  std::size_t leased_ GUARDED_BY(mutex_) = 0;
  bool is_closed_ GUARDED_BY(mutex_) = false;
  std::atomic<bool> has_returned_ = false;
  std::atomic<int> streams_ = 0;         // entries with a stream
  std::vector<List::iterator> entries_;  // by worker
};

}  // namespace provider_host::internal
