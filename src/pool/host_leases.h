#pragma once

#include <cstddef>
#include <cstdint>
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

  /// Workers are counted from 1. `reactor` outlives this.
  HostLeases(std::size_t workers, Reactor& reactor) : reactor_(reactor), entries_(workers) {}

  // --- any thread
  /// An idle host for this call, whose `host` and `pid` are set; nothing when there is none, or after close().
  CallChannel* acquire(CallState& call);
  /// The caller is done with the channel of its call's host: it is idle again, or the reactor's.
  void release(const CallState& call);
  /// Hands the call and its channel to the reactor. Needs no memory.
  void transfer(const CallPtr& call, Unfinished how, std::string violation) noexcept;
  /// No more leases; the present ones return to the reactor.
  void close();
  [[nodiscard]] bool is_closed() const;

  // --- the reactor thread
  /// Callers may use the host's channel for so many calls; it must not be watched meanwhile.
  void publish(int worker, int pid, CallChannel& channel, std::uint64_t calls);
  /// Returns whether the reactor has the channel now. If not, it gets it at the end of the lease.
  bool withdraw(int worker);
  /// The same, and shuts down a channel that is leased.
  bool revoke(int worker);
  /// Whether the reactor has the channel; does not recall it.
  [[nodiscard]] bool has_reactor(int worker) const;
  /// What a caller has transferred, if anything; it stays until accept().
  [[nodiscard]] std::optional<Transfer> transferred(int worker) const;
  /// The reactor has the channel of such a call now.
  void accept(int worker);
  /// How many channels callers have.
  [[nodiscard]] std::size_t leased() const;

 private:
  enum class Owner : std::uint8_t { kReactor, kNobody, kCaller };
  struct Entry {
    Owner owner = Owner::kReactor;
    CallChannel* channel = nullptr;
    int pid = 0;
    std::uint64_t calls_left = 0;
    bool is_recalled = false;
    std::optional<Transfer> transferred;
  };

  Entry& entry(int worker) REQUIRES(mutex_) { return entries_[static_cast<std::size_t>(worker - 1)]; }
  const Entry& entry(int worker) const REQUIRES(mutex_) { return entries_[static_cast<std::size_t>(worker - 1)]; }
  static bool reclaim(Entry& entry);

  Reactor& reactor_;
  mutable Mutex mutex_;
  std::vector<Entry> entries_ GUARDED_BY(mutex_);
  bool is_closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace provider_host::internal
