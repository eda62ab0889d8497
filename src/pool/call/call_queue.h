#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

#include "pool/call/call_state.h"

namespace provider_host::internal {

/// The calls that wait for a host: first in, first out. Calls with the same affinity key (Call::affinity) go to the
/// same host as long as it lives, and run there one after the other; calls of other keys may overtake those that wait
/// for their key. Maintains CallState::queued. Pure; not thread-safe. When a method throws std::bad_alloc, nothing has
/// changed; ended() and drop() never throw.
///
///   calls ──▶ queue ────────────────▶ any host with capacity
///               └──▶ key_queue of a key ──▶ the key's host
class CallQueue {
 public:
  /// Keys without calls are remembered up to this number; beyond, the least recently used one is dropped.
  explicit CallQueue(std::size_t max_idle_keys = 100'000) : max_idle_keys_(max_idle_keys) {}

  /// A host that calls may be assigned to. Hosts without capacity are listed too, as keys stay bound to them.
  struct Slot {
    int pid = 0;  ///< 0: no host.
    int in_flight = 0;
    bool has_capacity = false;
  };

  /// A key whose host is gone, with the state that the host kept for it.
  struct Loss {
    int pid = 0;
    std::size_t keys = 0;  ///< Keys of this host, the call's own included.
    bool is_first = true;  ///< The first of them to move to another host.
  };

  struct Assignment {
    CallPtr call;
    std::size_t slot = 0;
    std::optional<Loss> loss;
  };

  [[nodiscard]] std::size_t size() const { return line_.size() - dropped_ + waiting_for_key_; }
  [[nodiscard]] bool empty() const { return size() == 0; }

  void push_back(CallPtr call);
  /// Puts the call back to the front, to run again as if no host had ever had it. A key that belongs to a host only for
  /// this call, which no host has begun, belongs to none then.
  void push_front(CallPtr call);

  /// Removes the next call that can run, and selects its slot: that of its key; else, of those with capacity, the one
  /// with the fewest keys if the call has a key, or the fewest calls in flight if not. Nothing when no call can run.
  ///
  /// For a call without a key an idle slot counts as one with `idle_cost` calls in flight.
  std::optional<Assignment> next(std::span<const Slot> slots, int idle_cost = 0);

  /// When the call was submitted that comes next; nothing when all wait for calls of their own keys.
  [[nodiscard]] std::optional<TimePoint> waiting_since() const;
  /// How many calls one more host, or several, could run now besides those of these processes, up to `limit`. Calls
  /// that wait for another one with their key, or for their key's host, are none. Looks at no more than 1,000 calls.
  [[nodiscard]] std::size_t startable(std::span<const int> pids, std::size_t limit) const;

  /// A call that next() gave out has ended: the next one of its key may run.
  void ended(const CallState& call);

  /// Removes the call. Returns whether it was queued. Amortised O(1), but linear in the queued calls of its own key.
  bool drop(const CallPtr& call);

  template <typename Visit>
  void for_each(Visit visit) const {
    for (const CallPtr& call : line_) {
      if (call->queued) visit(call);
    }
    for (const auto& [key, key_queue] : key_queues_) {
      for (const CallPtr& call : key_queue.waiting) visit(call);
    }
  }

 private:
  struct KeyQueue;
  // Keys whose first call may run, by host, then by call id.
  using Due = std::map<std::pair<int, std::uint64_t>, KeyQueue*>;
  struct KeyQueue {
    int pid = 0;                  // of its host; 0: none yet
    std::uint64_t running = 0;    // id of the call that a host has; 0: none
    std::uint64_t bound_by = 0;   // id of the call for which it was given to its host
    std::deque<CallPtr> waiting;  // parked
    // Its nodes of due_ and idle_, allocated in advance: ended() and drop() need no memory.
    Due::node_type due;           // empty while it is in due_
    std::list<std::string> name;  // empty while it is in idle_
    std::list<std::string>::iterator key;
    std::pair<int, std::uint64_t> due_as;
  };
  using KeyQueues = std::unordered_map<std::string, KeyQueue>;
  struct Bound {
    std::size_t keys = 0;
    bool is_reported = false;  // the loss of this host is reported
  };

  std::optional<Assignment> next_for_key(std::span<const Slot> slots);
  [[nodiscard]] std::optional<std::size_t> slot_of(int pid, std::span<const Slot> slots) const;
  KeyQueue& key_queue_of(const std::string& key);
  Assignment begin(KeyQueue& key_queue, const CallPtr& call, std::span<const Slot> slots, std::size_t slot);
  std::optional<Loss> bind(KeyQueue& key_queue, int pid);
  void unbind(const KeyQueue& key_queue);
  void enqueue_for_key(KeyQueue& key_queue, const CallPtr& call, bool in_front);
  void hold(KeyQueue& key_queue);
  void make_due(KeyQueue& key_queue);
  void wake(KeyQueue& key_queue);
  void release(KeyQueue& key_queue);
  void drop_from_queue();

  std::size_t max_idle_keys_;
  std::deque<CallPtr> line_;
  std::size_t dropped_ = 0;  // calls in line_ that are no longer to be run
  KeyQueues key_queues_;
  std::size_t waiting_for_key_ = 0;  // calls in lanes
  Due due_;
  std::map<int, Bound> bound_;   // by host
  std::list<std::string> idle_;  // keys, the least recently used one first
};

}  // namespace provider_host::internal
