#include "pool/stream/stream_reader.h"

#include <memory>

#include "pool/pool_core.h"
#include "pool/stream/request_credit.h"

namespace provider_host::internal {
namespace {

// Asks a reader whether it is interrupted, until it says so. Meanwhile it may have forked.
struct Question {
  const CallState& call;
  const Interrupted& interrupted;
  bool is_interrupted = false;

  bool ask() {
    is_interrupted = interrupted();
    static_cast<void>(PoolCore::of(call));
    return is_interrupted;
  }
};

}  // namespace

std::optional<Item> StreamReader::next(const Interrupted& interrupted) {
  StreamItems& items = *call_->items;
  Question question{*call_, interrupted};
  if (const auto pool = PoolCore::of(*call_)) {
    pool->prepare_to_wait();
    const Interrupted asks = interrupted ? Interrupted([&question] { return question.ask(); }) : nullptr;
    if (items.turn.begin()) {
      if (auto item = pool->stream_path().next(call_, asks, true)) return item;
    }
  }
  while (true) {
    if (question.is_interrupted) close();
    request_due_credit(call_);
    if (auto item = items.take()) return item;
    if (items.has_ended() || items.is_closed()) return std::nullopt;
    if (!interrupted) {
      items.wait(std::nullopt);
    } else {
      items.wait(Clock::now() + seconds(kInterruptInterval));
      question.ask();
    }
  }
}

std::optional<Item> StreamReader::try_next() {
  if (const auto pool = PoolCore::of(*call_); pool != nullptr && call_->items->turn.begin()) {
    if (auto item = pool->stream_path().next(call_, nullptr, false)) return item;
  }
  request_due_credit(call_);
  return call_->items->take();
}

bool StreamReader::ended() const { return call_->items->has_ended(); }

const Outcome& StreamReader::outcome() {
  while (next(nullptr)) continue;
  return call_->wait();
}

// Needs no memory.
void StreamReader::close() noexcept {
  if (!process_.is_here()) return;
  call_->items->close();
  const auto pool = call_->settled() ? nullptr : call_->pool();
  if (pool == nullptr || pool->stream_path().close(call_)) return;
  if (call_->items->turn.is_taken()) pool->cancel(call_);
}

}  // namespace provider_host::internal
