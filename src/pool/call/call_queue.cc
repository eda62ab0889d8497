#include "pool/call/call_queue.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace provider_host::internal {
namespace {

using Slot = CallQueue::Slot;

// The slot with capacity for which `load` is least.
template <typename Load>
std::optional<std::size_t> least_loaded(std::span<const Slot> slots, Load load) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].has_capacity && (!best || load(slots[i]) < load(slots[*best]))) best = i;
  }
  return best;
}

}  // namespace

void CallQueue::push_back(CallPtr call) {
  CallState& state = *call;
  line_.push_back(std::move(call));
  state.queued = true;
}

void CallQueue::push_front(CallPtr call) {
  CallState& state = *call;
  if (state.affinity.empty()) {
    line_.push_front(std::move(call));
  } else {
    enqueue_for_key(key_queue_of(state.affinity), call, true);
  }
  state.queued = true;
}

std::optional<CallQueue::Assignment> CallQueue::next(std::span<const Slot> slots, int idle_cost) {
  // Calls that wait for their key are older than all in the main queue.
  if (auto parked = next_for_key(slots)) return parked;
  while (true) {
    for (; !line_.empty() && !line_.front()->queued; --dropped_) line_.pop_front();
    const auto any =
        least_loaded(slots, [idle_cost](const Slot& slot) { return slot.in_flight == 0 ? idle_cost : slot.in_flight; });
    if (line_.empty() || !any) return std::nullopt;
    const CallPtr call = line_.front();
    std::optional<Assignment> assignment;
    if (call->affinity.empty()) {
      assignment = Assignment{call, *any, std::nullopt};
    } else {
      KeyQueue& key_queue = key_queue_of(call->affinity);
      const bool is_next = key_queue.running == 0 && key_queue.waiting.empty();
      const auto slot = is_next ? slot_of(key_queue.pid, slots) : std::nullopt;
      if (slot) {
        assignment = begin(key_queue, call, slots, *slot);
      } else {
        enqueue_for_key(key_queue, call, false);
      }
    }
    line_.pop_front();
    if (!assignment) continue;
    call->queued = false;
    return assignment;
  }
}

// The oldest of the calls whose key's host has capacity or is gone.
std::optional<CallQueue::Assignment> CallQueue::next_for_key(std::span<const Slot> slots) {
  KeyQueue* oldest = nullptr;
  std::size_t its_slot = 0;
  for (auto first = due_.begin(); first != due_.end();) {
    const auto [pid, id] = first->first;
    KeyQueue* const key_queue = first->second;
    first = due_.upper_bound({pid, std::numeric_limits<std::uint64_t>::max()});  // the first of the next host
    if (oldest != nullptr && id > oldest->waiting.front()->id) continue;
    const auto slot = slot_of(pid, slots);
    if (!slot) continue;
    oldest = key_queue;
    its_slot = *slot;
  }
  if (oldest == nullptr) return std::nullopt;
  const CallPtr call = oldest->waiting.front();
  Assignment assignment = begin(*oldest, call, slots, its_slot);
  hold(*oldest);
  oldest->waiting.pop_front();
  --waiting_for_key_;
  call->queued = false;
  return assignment;
}

// Where a key may run now that belongs to host `pid`; anywhere when that is gone, or 0.
std::optional<std::size_t> CallQueue::slot_of(int pid, std::span<const Slot> slots) const {
  const auto own = std::ranges::find(slots, pid, &Slot::pid);
  if (pid != 0 && own != slots.end()) {
    if (!own->has_capacity) return std::nullopt;
    return static_cast<std::size_t>(own - slots.begin());
  }
  return least_loaded(slots, [this](const Slot& slot) {
    const auto bound = bound_.find(slot.pid);
    return std::tuple(bound == bound_.end() ? 0 : bound->second.keys, slot.in_flight);
  });
}

CallQueue::KeyQueue& CallQueue::key_queue_of(const std::string& key) {
  if (const auto found = key_queues_.find(key); found != key_queues_.end()) return found->second;
  KeyQueue key_queue;
  Due made;
  made.emplace(std::pair(0, std::uint64_t{0}), nullptr);
  key_queue.due = made.extract(made.begin());
  key_queue.name.push_back(key);
  key_queue.key = key_queue.name.begin();
  return key_queues_.emplace(key, std::move(key_queue)).first->second;
}

CallQueue::Assignment CallQueue::begin(KeyQueue& key_queue, const CallPtr& call, std::span<const Slot> slots,
                                       std::size_t slot) {
  const int previous = key_queue.pid;
  Assignment assignment{call, slot, bind(key_queue, slots[slot].pid)};
  if (key_queue.pid != previous) key_queue.bound_by = call->id;
  key_queue.running = call->id;
  wake(key_queue);
  return assignment;
}

std::optional<CallQueue::Loss> CallQueue::bind(KeyQueue& key_queue, int pid) {
  if (key_queue.pid == pid) return std::nullopt;
  Bound& bound = bound_[pid];
  std::optional<Loss> loss;
  if (key_queue.pid != 0) {
    Bound& lost = bound_.at(key_queue.pid);
    loss = Loss{key_queue.pid, lost.keys, !std::exchange(lost.is_reported, true)};
    unbind(key_queue);
  }
  key_queue.pid = pid;
  ++bound.keys;
  return loss;
}

void CallQueue::unbind(const KeyQueue& key_queue) {
  const auto bound = bound_.find(key_queue.pid);
  if (bound != bound_.end() && --bound->second.keys == 0) bound_.erase(bound);
}

void CallQueue::enqueue_for_key(KeyQueue& key_queue, const CallPtr& call, bool in_front) {
  if (in_front) {
    key_queue.waiting.push_front(call);
    if (key_queue.running == call->id) {
      key_queue.running = 0;
      if (key_queue.bound_by == call->id && call->host == 0) {
        unbind(key_queue);
        key_queue.pid = 0;
      }
    }
  } else {
    key_queue.waiting.push_back(call);
  }
  ++waiting_for_key_;
  wake(key_queue);
  hold(key_queue);
  if (key_queue.running == 0) make_due(key_queue);
}

// Its first call is no longer due.
void CallQueue::hold(KeyQueue& key_queue) {
  if (key_queue.due.empty()) key_queue.due = due_.extract(key_queue.due_as);
}

void CallQueue::make_due(KeyQueue& key_queue) {
  key_queue.due_as = {key_queue.pid, key_queue.waiting.front()->id};
  key_queue.due.key() = key_queue.due_as;
  key_queue.due.mapped() = &key_queue;
  due_.insert(std::move(key_queue.due));
}

// It is not idle any more.
void CallQueue::wake(KeyQueue& key_queue) {
  if (key_queue.name.empty()) key_queue.name.splice(key_queue.name.begin(), idle_, key_queue.key);
}

// No call of the key runs now: the next one is due, or the key is idle.
void CallQueue::release(KeyQueue& key_queue) {
  if (!key_queue.waiting.empty()) return make_due(key_queue);
  if (key_queue.name.empty()) return;
  idle_.splice(idle_.end(), key_queue.name);
  if (idle_.size() <= max_idle_keys_) return;
  const auto oldest = key_queues_.find(idle_.front());
  unbind(oldest->second);
  key_queues_.erase(oldest);
  idle_.pop_front();
}

std::optional<TimePoint> CallQueue::waiting_since() const {
  const auto next = std::ranges::find_if(line_, [](const CallPtr& call) { return call->queued; });
  if (next != line_.end()) return (*next)->submitted;
  if (due_.empty()) return std::nullopt;
  return due_.begin()->second->waiting.front()->submitted;
}

std::size_t CallQueue::startable(std::span<const int> pids, std::size_t limit) const {
  constexpr std::size_t kMaxLooks = 1000;
  const auto lives = [pids](int pid) { return std::ranges::find(pids, pid) != pids.end(); };
  std::size_t looks = 0;
  std::size_t calls = 0;
  for (auto due = due_.begin(); due != due_.end() && calls < limit && ++looks < kMaxLooks; ++due) {
    if (!lives(due->first.first)) ++calls;
  }
  std::set<std::string_view> keys;
  for (auto call = line_.begin(); call != line_.end() && calls < limit && ++looks < kMaxLooks; ++call) {
    const std::string& key = (*call)->affinity;
    if (!(*call)->queued || (!key.empty() && !keys.insert(key).second)) continue;
    const auto found = key.empty() ? key_queues_.end() : key_queues_.find(key);
    const bool is_free = found == key_queues_.end() ||
                         (found->second.running == 0 && found->second.waiting.empty() && !lives(found->second.pid));
    if (is_free) ++calls;
  }
  return calls;
}

void CallQueue::ended(const CallState& call) {
  if (call.affinity.empty()) return;
  const auto found = key_queues_.find(call.affinity);
  if (found == key_queues_.end() || found->second.running != call.id) return;
  found->second.running = 0;
  release(found->second);
}

bool CallQueue::drop(const CallPtr& call) {
  if (!std::exchange(call->queued, false)) return false;
  const auto found = call->affinity.empty() ? key_queues_.end() : key_queues_.find(call->affinity);
  if (found != key_queues_.end()) {
    KeyQueue& key_queue = found->second;
    // From the back: a batch that is interrupted cancels its newest calls first.
    const auto found_call = std::ranges::find(key_queue.waiting.rbegin(), key_queue.waiting.rend(), call);
    if (found_call != key_queue.waiting.rend()) {
      hold(key_queue);
      key_queue.waiting.erase(std::next(found_call).base());
      --waiting_for_key_;
      if (key_queue.running == 0) release(key_queue);
      return true;
    }
  }
  drop_from_queue();
  return true;
}

// The call stays in the line until it comes to the front or until half of the line is like it.
void CallQueue::drop_from_queue() {
  if (++dropped_ <= line_.size() / 2) return;
  std::erase_if(line_, [](const CallPtr& other) { return !other->queued; });
  dropped_ = 0;
}

}  // namespace provider_host::internal
