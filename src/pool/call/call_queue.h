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

/// The calls that wait for a host: first come, first served. Calls with the same affinity key (Call::affinity) get the
/// same host as long as it lives, and run there one after the other; those that have to wait for that let others pass.
/// Keeps CallState::queued. Pure; not thread-safe. What throws std::bad_alloc has changed nothing; ended() and drop()
/// never do.
///
///   calls ──▶ line ──────────────────▶ any host with room
///               └──▶ key_queue of a key ──▶ the key's host
class CallQueue {
 public:
  /// So many keys are remembered that no call has; beyond, the one is forgotten that was used the longest time ago.
  explicit CallQueue(std::size_t max_idle_keys = 100'000) : max_idle_keys_(max_idle_keys) {}

  /// A host as the queue sees it; those that a key may come back to, with room or without.
  struct Slot {
    int pid = 0;  ///< 0: there is none.
    int in_flight = 0;
    bool has_capacity = false;
  };

  /// A key whose host is gone, with whatever that kept for it.
  struct Loss {
    int pid = 0;
    std::size_t keys = 0;  ///< That had this host, the call's own included.
    bool is_first = true;  ///< The first of them to go elsewhere.
  };

  struct Assignment {
    CallPtr call;
    std::size_t slot = 0;
    std::optional<Loss> loss;
  };

  [[nodiscard]] std::size_t size() const { return line_.size() - dropped_ + waiting_for_key_; }
  [[nodiscard]] bool empty() const { return size() == 0; }

  void push_back(CallPtr call);
  /// Back to where it came from: it is to be run again, as if no host had ever had it.
  void push_front(CallPtr call);

  /// The next call, which waits no longer, and the slot that it gets: that of its key; else of those with room the one
  /// with the fewest keys if it has a key, with the fewest calls in flight if it has none. Nothing when no call can
  /// run.
  std::optional<Assignment> next(std::span<const Slot> slots);

  /// A call that next() gave out has ended: the next one of its key may run.
  void ended(const CallState& call);

  /// The call is no longer to be run. Returns whether it waited here. Costs the same however many calls wait, but for
  /// those of its own key.
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
  // Whose first call waits for one host only: by host, then by id.
  using Due = std::map<std::pair<int, std::uint64_t>, KeyQueue*>;
  struct KeyQueue {
    int pid = 0;                  // of its host; 0: none yet
    std::uint64_t running = 0;    // id of the call that a host has; 0: none
    std::deque<CallPtr> waiting;  // parked
    // Its places in due_ and idle_, made with the key_queue: what ends or leaves needs no memory.
    Due::node_type due;           // empty while it is in due_
    std::list<std::string> name;  // empty while it is in idle_
    std::list<std::string>::iterator key;
    std::pair<int, std::uint64_t> due_as;
  };
  using KeyQueues = std::unordered_map<std::string, KeyQueue>;
  struct Bound {
    std::size_t keys = 0;
    bool is_reported = false;  // one of them has gone elsewhere
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
  std::list<std::string> idle_;  // keys, the one first that was used the longest time ago
};

}  // namespace provider_host::internal
