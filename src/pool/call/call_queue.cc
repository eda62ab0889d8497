#include "pool/call/call_queue.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

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
  CallState& state = *call;
  line_.push_back(std::move(call));
  state.queued = true;
}

void CallQueue::push_front(CallPtr call) {
  CallState& state = *call;
  if (state.affinity.empty()) {
    line_.push_front(std::move(call));
  } else {
    park(lane_of(state.affinity), call, true);
  }
  state.queued = true;
}

std::optional<CallQueue::Assignment> CallQueue::next(std::span<const Seat> seats) {
  // Calls that others have passed are older than all in the line.
  if (auto parked = next_parked(seats)) return parked;
  while (true) {
    for (; !line_.empty() && !line_.front()->queued; --dropped_) line_.pop_front();
    const auto any = emptiest(seats, [](const Seat& seat) { return seat.in_flight; });
    if (line_.empty() || !any) return std::nullopt;
    const CallPtr call = line_.front();
    std::optional<Assignment> assignment;
    if (call->affinity.empty()) {
      assignment = Assignment{call, *any, std::nullopt};
    } else {
      Lane& lane = lane_of(call->affinity);
      const bool is_next = lane.running == 0 && lane.waiting.empty();
      const auto seat = is_next ? seat_of(lane.pid, seats) : std::nullopt;
      if (seat) {
        assignment = begin(lane, call, seats, *seat);
      } else {
        park(lane, call, false);
      }
    }
    line_.pop_front();
    if (!assignment) continue;
    call->queued = false;
    return assignment;
  }
}

// Of the calls that wait for a host with room, or for one that is gone, the oldest.
std::optional<CallQueue::Assignment> CallQueue::next_parked(std::span<const Seat> seats) {
  Lane* oldest = nullptr;
  std::size_t its_seat = 0;
  for (auto first = due_.begin(); first != due_.end();) {
    const auto [pid, id] = first->first;
    Lane* const lane = first->second;
    first = due_.upper_bound({pid, std::numeric_limits<std::uint64_t>::max()});  // the first of the next host
    if (oldest != nullptr && id > oldest->waiting.front()->id) continue;
    const auto seat = seat_of(pid, seats);
    if (!seat) continue;
    oldest = lane;
    its_seat = *seat;
  }
  if (oldest == nullptr) return std::nullopt;
  const CallPtr call = oldest->waiting.front();
  Assignment assignment = begin(*oldest, call, seats, its_seat);
  hold(*oldest);
  oldest->waiting.pop_front();
  --parked_;
  call->queued = false;
  return assignment;
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

CallQueue::Lane& CallQueue::lane_of(const std::string& key) {
  if (const auto found = lanes_.find(key); found != lanes_.end()) return found->second;
  Lane lane;
  Due made;
  made.emplace(std::pair(0, std::uint64_t{0}), nullptr);
  lane.due = made.extract(made.begin());
  lane.name.push_back(key);
  lane.key = lane.name.begin();
  return lanes_.emplace(key, std::move(lane)).first->second;
}

CallQueue::Assignment CallQueue::begin(Lane& lane, const CallPtr& call, std::span<const Seat> seats, std::size_t seat) {
  Assignment assignment{call, seat, bind(lane, seats[seat].pid)};
  lane.running = call->id;
  wake(lane);
  return assignment;
}

std::optional<CallQueue::Loss> CallQueue::bind(Lane& lane, int pid) {
  if (lane.pid == pid) return std::nullopt;
  Bound& bound = bound_[pid];
  std::optional<Loss> loss;
  if (lane.pid != 0) {
    Bound& lost = bound_.at(lane.pid);
    loss = Loss{lane.pid, lost.keys, !std::exchange(lost.told, true)};
    unbind(lane);
  }
  lane.pid = pid;
  ++bound.keys;
  return loss;
}

void CallQueue::unbind(const Lane& lane) {
  const auto bound = bound_.find(lane.pid);
  if (bound != bound_.end() && --bound->second.keys == 0) bound_.erase(bound);
}

void CallQueue::park(Lane& lane, const CallPtr& call, bool in_front) {
  if (in_front) {
    lane.waiting.push_front(call);
    if (lane.running == call->id) lane.running = 0;
  } else {
    lane.waiting.push_back(call);
  }
  ++parked_;
  wake(lane);
  hold(lane);
  if (lane.running == 0) make_due(lane);
}

// Its first call is no longer due.
void CallQueue::hold(Lane& lane) {
  if (lane.due.empty()) lane.due = due_.extract(lane.due_as);
}

void CallQueue::make_due(Lane& lane) {
  lane.due_as = {lane.pid, lane.waiting.front()->id};
  lane.due.key() = lane.due_as;
  lane.due.mapped() = &lane;
  due_.insert(std::move(lane.due));
}

// It is not idle any more.
void CallQueue::wake(Lane& lane) {
  if (lane.name.empty()) lane.name.splice(lane.name.begin(), idle_, lane.key);
}

// No call of the key runs now: the next one is due, or the key is idle.
void CallQueue::release(Lane& lane) {
  if (!lane.waiting.empty()) return make_due(lane);
  if (lane.name.empty()) return;
  idle_.splice(idle_.end(), lane.name);
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
  release(found->second);
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
      if (lane.running == 0) release(lane);
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

}  // namespace provider_host::internal
