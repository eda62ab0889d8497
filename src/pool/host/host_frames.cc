// What a host sends over its call channel, or leaves in its response ring.
#include <algorithm>
#include <new>
#include <string>
#include <utility>
#include <variant>

#include "pool/host/host.h"
#include "process/stream.h"

namespace provider_host::internal {
namespace {

using process::Transfer;

}  // namespace

void Host::watch_calls(bool watched) {
  if (watched == is_watching_calls_) return;
  is_watching_calls_ = watched;
  if (watched) {
    poller_.resume(channel_.fd());
  } else {
    poller_.pause(channel_.fd());
  }
}

void Host::record_violation(std::string what) {
  events.is_broken = true;
  events.violation = true;
  events.violation_text = std::move(what);
  listener_.on_change(*this);
}

void Host::record_channel_end() {
  events.is_broken = true;
  events.channel_end = !events.violation;  // a violation cut the channel itself
  listener_.on_change(*this);
}

template <typename Read>
void Host::reading(Read read) {
  try {
    read();
  } catch (const std::bad_alloc&) {
    record_violation({});
  } catch (const std::exception& error) {  // a start and a call end with one error, whatever is wrong with the response
    record_violation({});
    events.violation_text = std::string("its response cannot be parsed: ") + error.what();
  }
}

void Host::read_calls() {
  reading([this] { read_frames(); });
}

void Host::read_collected() {
  if (is_watching_calls_) reading([this] { take_collected(); });
}

void Host::read_last_collected() {
  if (has_read_all_) reading([this] { take_last_collected(); });
}

void Host::read_frames() {
  if (!send_queue_.empty()) flush();
  wire::FrameDecoder& decoder = channel_.decoder();
  if (!events.is_broken && is_watching_calls_ && !take_frames()) return;
  for (int i = 0; i < kReadsPerEvent && !events.is_broken && is_watching_calls_; ++i) {
    const std::size_t size = next_read_size(decoder);
    const auto [state, count] = process::read_some(channel_.fd(), decoder.prepare(size), size);
    if (state == Transfer::kWouldBlock) break;
    if (state != Transfer::kDone) {
      has_read_all_ = true;
      read_last_collected();
      watch_calls(false);
      return record_channel_end();
    }
    decoder.fed(count);
    if (!take_frames()) return;
    if (count < size) break;
  }
  take_collected();
}

// What the host has written and not sent.
void Host::take_collected() {
  if (events.is_broken) return;
  const std::uint64_t before = channel_.decoder().bytes_fed();
  const bool is_valid = wire::take_responses(health_->responses(), before, [this](const auto& parts) { feed(parts); });
  if (!is_valid) return record_violation("it says that its response ring holds more than fits into it");
  if (channel_.decoder().bytes_fed() > before) take_frames();
}

// The same at the end of the channel: also what it was about to send, or could not.
void Host::take_last_collected() {
  has_read_all_ = false;
  const std::uint64_t before = channel_.decoder().bytes_fed();
  wire::take_last_responses(health_->responses(), before, [this](const auto& parts) { feed(parts); });
  has_read_all_ = take_frames();
}

void Host::feed(const wire::ResponseRing::Parts& parts) {
  for (const std::string_view part : parts) channel_.decoder().feed(part);
}

// Whether to go on reading.
bool Host::take_frames() {
  wire::FrameDecoder& decoder = channel_.decoder();
  auto event = decoder.next();
  while (event == wire::FrameDecoder::Event::kFrame && !events.violation) {
    handle_payload(decoder.payload());
    event = decoder.next();
  }
  if (event == wire::FrameDecoder::Event::kViolation) record_violation(decoder.violation());
  return !events.violation;
}

void Host::respond(std::uint64_t id, Outcome outcome) {
  if (in_flight_.empty() && !line_.empty()) listener_.on_turn(*this);
  if (const auto found = in_flight_.find(id); found != in_flight_.end()) {
    const CallPtr call = found->second.call;
    responded_ = std::max(responded_, call->sequence);
    listener_.on_response(*this, call, std::move(outcome));
  } else if (abandoned_.erase(id) > 0) {
    listener_.on_change(*this);
    listener_.on_interrupted(*this);
  } else if (std::ranges::any_of(line_.entries(), [id](const auto& entry) { return entry.call->id == id; })) {
    record_violation("a response to call " + std::to_string(id) + " ahead of its turn");
  }
}

// The call that an item or a progress is about; null when the pool no longer waits for it, so that it is dropped.
CallPtr Host::begun_call(std::uint64_t id) {
  if (in_flight_.empty() && !line_.empty()) listener_.on_turn(*this);
  if (const auto found = in_flight_.find(id); found != in_flight_.end()) return found->second.call;
  if (call_with_id(id) != nullptr) {
    record_violation("an item or a progress of call " + std::to_string(id) + " ahead of its turn");
  }
  return nullptr;
}

void Host::receive_item(const wire::ItemMessage& item, std::size_t payload) {
  const CallPtr call = begun_call(item.id);
  if (call == nullptr) return;
  if (call->items == nullptr)
    return record_violation("an item of call " + std::to_string(item.id) + ", which is no stream");
  if (!call->items->spend(payload))
    return record_violation("an item of stream " + std::to_string(item.id) + " beyond its credit");
  call->progress = now();
  listener_.on_item(*this, call, item.item, payload);
}

void Host::receive_progress(std::uint64_t id) {
  const CallPtr call = begun_call(id);
  if (call == nullptr) return;
  if (call->mode != wire::CallMode::kWatched)
    return record_violation("a progress of call " + std::to_string(id) + ", which is not watched");
  call->progress = now();
}

// It may have got the call again since: then this is not about the call that it has now.
void Host::give_back(std::uint64_t id) {
  if (const auto entry = in_flight_.find(id); entry != in_flight_.end()) {
    entry->second.is_given_back = entry->second.is_recalled;
  } else if (const auto call = abandoned_.find(id); call != abandoned_.end() && call->second.is_recalled) {
    abandoned_.erase(call);
    listener_.on_change(*this);
    listener_.on_interrupted(*this);
  }
}

void Host::handle_payload(std::string_view payload) {
  const wire::HostMessage message = wire::parse_host_message(payload);
  if (std::string what = channel_.violation_of(message); !what.empty()) return record_violation(std::move(what));
  if (const auto* result = std::get_if<wire::ResultMessage>(&message)) {
    respond(result->id, success_of(channel_.decoder(), result->result));
  } else if (const auto* error = std::get_if<wire::ErrorMessage>(&message)) {
    respond(error->id, Outcome::failure(parse_error(error->error)));
  } else if (const auto* item = std::get_if<wire::ItemMessage>(&message)) {
    receive_item(*item, payload.size());
  } else if (const auto* progress = std::get_if<wire::ProgressMessage>(&message)) {
    receive_progress(progress->id);
  } else if (const auto* recalled = std::get_if<wire::RecalledMessage>(&message)) {
    give_back(recalled->id);
  } else if (const auto* hello = std::get_if<wire::ReadyMessage>(&message)) {
    drain_output();  // what the import has printed does not count as printed later
    if (hello->is_template) {
      channel_.on_template();
      return listener_.on_template_message(*this, message);
    }
    channel_.on_ready();
    listener_.on_ready(*this, *hello);
  } else if (const auto* failed = std::get_if<wire::FailedMessage>(&message)) {
    listener_.on_start_failed(*this, parse_error(failed->error));
  } else {
    if (std::holds_alternative<wire::UnforkableMessage>(message)) channel_.on_unforkable();
    listener_.on_template_message(*this, message);
  }
}

}  // namespace provider_host::internal
