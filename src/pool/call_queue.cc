#include "pool/call_queue.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace provider_host::internal {
namespace {

using Seat = CallQueue::Seat;

// The seat with room for which `load` is least.
template <typename Load>
std::optional<std::size_t> emptiest(std::span<const Seat> seats, Load load) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < seats.size(); ++i) {
    if (seats[i].has_room && (!best || load(seats[i]) < load(seats[*best]))) best = i;
  }
  return best;
}

}  // namespace

void CallQueue::push_back(CallPtr call) {
  call->queued = true;
  line_.push_back(std::move(call));
}

void CallQueue::push_front(CallPtr call) {
  call->queued = true;
  if (call->affinity.empty()) return line_.push_front(std::move(call));
  Lane& lane = lanes_[call->affinity];
  if (lane.running == call->id) lane.running = 0;
  park(lane, std::move(call), true);
}

std::optional<CallQueue::Assignment> CallQueue::next(std::span<const Seat> seats) {
  // Calls that others have passed are older than all in the line.
  if (auto parked = next_parked(seats)) return parked;
  while (true) {
    for (; !line_.empty() && !line_.front()->queued; --dropped_) line_.pop_front();
    const auto any = emptiest(seats, [](const Seat& seat) { return seat.in_flight; });
    if (line_.empty() || !any) return std::nullopt;
    CallPtr call = std::move(line_.front());
    line_.pop_front();
    if (call->affinity.empty()) {
      call->queued = false;
      return Assignment{std::move(call), *any, std::nullopt};
    }
    Lane& lane = lanes_[call->affinity];
    const bool is_next = lane.running == 0 && lane.waiting.empty();
    const auto seat = is_next ? seat_of(lane.pid, seats) : std::nullopt;
    if (seat) return begin(lane, std::move(call), seats, *seat);
    park(lane, std::move(call), false);
  }
}

// Of the calls that wait for a host with room, or for one that is gone, the oldest.
std::optional<CallQueue::Assignment> CallQueue::next_parked(std::span<const Seat> seats) {
  Lane* oldest = nullptr;
  std::size_t its_seat = 0;
  for (const auto& [pid, lanes] : due_) {
    Lane* const first = lanes.begin()->second;
    if (oldest != nullptr && first->waiting.front()->id > oldest->waiting.front()->id) continue;
    const auto seat = seat_of(pid, seats);
    if (!seat) continue;
    oldest = first;
    its_seat = *seat;
  }
  if (oldest == nullptr) return std::nullopt;
  hold(*oldest);
  CallPtr call = std::move(oldest->waiting.front());
  oldest->waiting.pop_front();
  --parked_;
  return begin(*oldest, std::move(call), seats, its_seat);
}

// Where a key may run now that belongs to host `pid`; anywhere when that is gone, or 0.
std::optional<std::size_t> CallQueue::seat_of(int pid, std::span<const Seat> seats) const {
  const auto own = std::ranges::find(seats, pid, &Seat::pid);
  if (pid != 0 && own != seats.end()) {
    if (!own->has_room) return std::nullopt;
    return static_cast<std::size_t>(own - seats.begin());
  }
  return emptiest(seats, [this](const Seat& seat) {
    const auto bound = bound_.find(seat.pid);
    return std::tuple(bound == bound_.end() ? 0 : bound->second.keys, seat.in_flight);
  });
}

CallQueue::Assignment CallQueue::begin(Lane& lane, CallPtr call, std::span<const Seat> seats, std::size_t seat) {
  call->queued = false;
  lane.running = call->id;
  if (lane.idle) idle_.erase(*std::exchange(lane.idle, std::nullopt));
  return {std::move(call), seat, bind(lane, seats[seat].pid)};
}

std::optional<CallQueue::Loss> CallQueue::bind(Lane& lane, int pid) {
  if (lane.pid == pid) return std::nullopt;
  std::optional<Loss> loss;
  if (lane.pid != 0) {
    Bound& lost = bound_.at(lane.pid);
    loss = Loss{lane.pid, lost.keys, !std::exchange(lost.told, true)};
    unbind(lane);
  }
  lane.pid = pid;
  ++bound_[pid].keys;
  return loss;
}

void CallQueue::unbind(const Lane& lane) {
  const auto bound = bound_.find(lane.pid);
  if (bound != bound_.end() && --bound->second.keys == 0) bound_.erase(bound);
}

void CallQueue::park(Lane& lane, CallPtr call, bool in_front) {
  hold(lane);
  if (lane.idle) idle_.erase(*std::exchange(lane.idle, std::nullopt));
  if (in_front) {
    lane.waiting.push_front(std::move(call));
  } else {
    lane.waiting.push_back(std::move(call));
  }
  ++parked_;
  if (lane.running == 0) due_[lane.pid].emplace(lane.waiting.front()->id, &lane);
}

// Its first call is no longer due.
void CallQueue::hold(Lane& lane) {
  const auto lanes = lane.waiting.empty() ? due_.end() : due_.find(lane.pid);
  if (lanes == due_.end()) return;
  lanes->second.erase(lane.waiting.front()->id);
  if (lanes->second.empty()) due_.erase(lanes);
}

// No call of the key runs now: the next one is due, or the key is idle.
void CallQueue::release(const std::string& key, Lane& lane) {
  if (!lane.waiting.empty()) {
    due_[lane.pid].emplace(lane.waiting.front()->id, &lane);
    return;
  }
  if (lane.idle) return;
  lane.idle = idle_.insert(idle_.end(), key);
  if (idle_.size() <= most_idle_keys_) return;
  const auto oldest = lanes_.find(idle_.front());
  unbind(oldest->second);
  lanes_.erase(oldest);
  idle_.pop_front();
}

void CallQueue::ended(const CallState& call) {
  if (call.affinity.empty()) return;
  const auto found = lanes_.find(call.affinity);
  if (found == lanes_.end() || found->second.running != call.id) return;
  found->second.running = 0;
  release(found->first, found->second);
}

bool CallQueue::drop(const CallPtr& call) {
  if (!std::exchange(call->queued, false)) return false;
  const auto found = call->affinity.empty() ? lanes_.end() : lanes_.find(call->affinity);
  if (found != lanes_.end()) {
    Lane& lane = found->second;
    // From the back: a batch that is interrupted cancels its newest calls first.
    const auto place = std::ranges::find(lane.waiting.rbegin(), lane.waiting.rend(), call);
    if (place != lane.waiting.rend()) {
      hold(lane);
      lane.waiting.erase(std::next(place).base());
      --parked_;
      if (lane.running == 0) release(found->first, lane);
      return true;
    }
  }
  drop_from_line();
  return true;
}

// The call stays in the line until it comes to the front or until half of the line is like it.
void CallQueue::drop_from_line() {
  if (++dropped_ <= line_.size() / 2) return;
  std::erase_if(line_, [](const CallPtr& other) { return !other->queued; });
  dropped_ = 0;
}

std::deque<CallPtr> CallQueue::take_all() {
  std::deque<CallPtr> calls;
  for_each([&calls](const CallPtr& call) { calls.push_back(call); });
  std::ranges::sort(calls, {}, [](const CallPtr& call) { return call->id; });
  for (auto call = calls.rbegin(); call != calls.rend(); ++call) drop(*call);
  return calls;
}

}  // namespace provider_host::internal
