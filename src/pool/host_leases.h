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

/// Who uses the call channel of each worker's host: the reactor, nobody (the host is idle), or a caller for one
/// exchange. The only place where that changes.
///
///   reactor ──publish()──▶ idle ──acquire()──▶ caller
///      ▲ ◀──withdraw()──────┘ ◀────release()────┤
///      └──────────────── release(), transfer() ─┘   when the reactor wants it, or the exchange came to no plain end
class HostLeases {
 public:
  /// How an exchange has ended that the caller cannot settle.
  enum class Unfinished : std::uint8_t {
    kTimeUp,
    kInterrupted,
    kLeft,       ///< The caller waits elsewhere; the call goes on.
    kEnded,      ///< The channel has.
    kViolation,  ///< Of the protocol.
    kNoMemory,   ///< For the response.
  };
  /// A call that the reactor gets with the channel.
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
  /// The reactor goes on with the call. Needs no memory.
  void transfer(const CallPtr& call, Unfinished how, std::string violation) noexcept;
  /// No more leases; those that are out come back to the reactor.
  void close();

  // --- the reactor's thread
  /// Callers may use the host's channel for so many calls; it must not be watched meanwhile.
  void publish(int worker, int pid, CallChannel& channel, std::uint64_t calls);
  /// Returns whether the reactor has the channel now. If not, it will get it when its caller is done.
  bool withdraw(int worker);
  /// The same, and a caller that has the channel finds its end.
  bool revoke(int worker);
  /// Whether the reactor has the channel, without asking for it.
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
