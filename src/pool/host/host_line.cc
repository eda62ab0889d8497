// The calls that a host has ahead of their turn.
#include <utility>

#include "pool/host/host.h"
#include "wire/recall_word.h"

namespace provider_host::internal {

void Host::line_up(const CallPtr& call, Timer deadline) {
  line_.push_back(call, std::move(deadline));
  try {
    send_queue_.add(call);
  } catch (...) {
    line_.remove(*call);
    throw;
  }
  channel_.on_send(*call);
  listener_.on_change(*this);
  health_->set_calls_ahead(line_.size());
}

void Host::begin_first(Timer limit) {
  const CallPtr& call = line_.entries().front().call;
  in_flight_.try_emplace(call->id, InFlight{call, std::move(limit), false, line_.entries().front().is_recalled});
  call->host = number;
  line_.pop_front();
  listener_.on_change(*this);
  health_->set_calls_ahead(line_.size());
}

void Host::begin_all() {
  while (!line_.empty()) {
    CallState& call = *line_.entries().front().call;
    if (call.started == TimePoint{}) call.started = now();
    begin_first(std::move(line_.entries().front().deadline));
  }
}

void Host::send_again(const CallPtr& call) {
  send_queue_.add(call);
  channel_.on_send(*call);
  InFlight& entry = in_flight_.at(call->id);
  if (std::exchange(entry.is_recalled, false)) --recalled_;
  entry.is_given_back = false;
  listener_.on_change(*this);
}

// The number of the call that it has begun last; nothing when that cannot be.
std::optional<std::uint64_t> Host::last_begun() {
  const std::uint64_t last = channel_.last_sequence();
  const std::uint32_t unbegun =
      static_cast<std::uint32_t>(last) - wire::recall_calls(health_->recall_word(), static_cast<std::uint32_t>(last));
  if (unbegun > last || last - unbegun < responded_) return std::nullopt;
  return last - unbegun;
}

std::vector<CallPtr> Host::recall() {
  std::vector<CallPtr> calls;
  if (!takes_recalls() || !has_calls()) return calls;
  calls.reserve(in_flight_.size() + line_.size());
  listener_.on_change(*this);
  const auto begun = last_begun();
  if (!begun) {
    record_violation("its crash record says that it has begun fewer calls than it has responded to");
    return calls;
  }
  const auto take_back = [&](const CallPtr& call, bool& is_recalled) {
    if (call->sequence > *begun && !std::exchange(is_recalled, true)) {
      ++recalled_;
      channel_.on_recall();
    }
    if (is_recalled) calls.push_back(call);
  };
  for (auto& [id, entry] : in_flight_) take_back(entry.call, entry.is_recalled);
  for (CallLine::Entry& entry : line_.entries()) take_back(entry.call, entry.is_recalled);
  return calls;
}

}  // namespace provider_host::internal
