#include "host/calls/stream_credits.h"

namespace provider_host::host {
namespace {

// Out of the way of user code, which may close or reuse any low number.
constexpr int kFirstNumber = 1000;

}  // namespace

void StreamCredits::begin(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  streams_[id].is_closed = std::erase(closed_early_, id) > 0;
}

void StreamCredits::end(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  streams_.erase(id);
}

void StreamCredits::changed() {
  changed_.notify_all();
  if (change_) change_->set();
}

void StreamCredits::grant(std::uint64_t id, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto stream = streams_.find(id);
  if (stream == streams_.end()) return;
  stream->second.credit.grant(static_cast<std::int64_t>(bytes));
  changed();
}

void StreamCredits::close(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  if (const auto stream = streams_.find(id); stream != streams_.end()) {
    stream->second.is_closed = true;
    changed();
    return;
  }
  if (closed_early_.size() >= kMaxRemembered) closed_early_.pop_front();
  closed_early_.push_back(id);
}

void StreamCredits::wake() {
  const std::lock_guard lock(mutex_);
  ++wakes_;
  changed_.notify_all();
}

void StreamCredits::spend(std::uint64_t id, std::size_t payload) {
  const std::lock_guard lock(mutex_);
  streams_[id].credit.spend(wire::StreamCredit::cost_of(payload));
}

Demand StreamCredits::demand(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto stream = streams_.find(id);
  return stream == streams_.end() ? Demand::kMore : stream->second.demand();
}

void StreamCredits::wait(std::uint64_t id, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  const State& stream = streams_[id];
  const std::uint64_t wakes = wakes_;
  changed_.wait_for(lock, limit, [&] { return stream.demand() != Demand::kWait || wakes_ != wakes; });
}

int StreamCredits::change_fd() {
  const std::lock_guard lock(mutex_);
  if (!change_) change_.emplace(kFirstNumber);
  return change_->fd();
}

void StreamCredits::forget_change() {
  const std::lock_guard lock(mutex_);
  if (change_) change_->clear();
}

}  // namespace provider_host::host
