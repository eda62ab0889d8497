#include "pool/stream/stream_items.h"

#include <new>
#include <utility>

namespace provider_host::internal {
namespace {

// What is granted with one message, at least: so few messages are needed, and the host does not wait for one.
constexpr std::int64_t kWorthGranting = wire::StreamCredit::kInitial / 2;

}  // namespace

bool StreamItems::spend(std::size_t payload) {
  has_received_.store(true, std::memory_order_relaxed);
  const MutexLock lock(mutex_);
  if (!credit_.is_open()) return false;
  credit_.spend(wire::StreamCredit::cost_of(payload));
  return true;
}

void StreamItems::push(std::string_view json, std::size_t payload) {
  const std::int64_t cost = wire::StreamCredit::cost_of(payload);
  {
    const MutexLock lock(mutex_);
    if (is_closed_) return;
    entries_.push_back({std::string(json), cost});
    changed_.notify_all();
  }
  tell_reader();
}

void StreamItems::pass(std::size_t payload) {
  const MutexLock lock(mutex_);
  read_ += std::exchange(current_, wire::StreamCredit::cost_of(payload));
}

// What the reader has now it has taken from here.
std::int64_t StreamItems::due_credit() const {
  const std::int64_t read = read_ + current_;
  return read < kWorthGranting || has_ended_ || is_closed_ ? 0 : read;
}

bool StreamItems::is_credit_due() const {
  const MutexLock lock(mutex_);
  return due_credit() > 0;
}

std::int64_t StreamItems::grant_due_credit() {
  const MutexLock lock(mutex_);
  const std::int64_t due = due_credit();
  if (due > 0) {
    read_ = current_ = 0;
    credit_.grant(due);
  }
  return due;
}

void StreamItems::undo_grant(std::int64_t bytes) {
  const MutexLock lock(mutex_);
  read_ += bytes;
  credit_.grant(-bytes);
}

bool StreamItems::is_blocked() const {
  const MutexLock lock(mutex_);
  return !credit_.is_open();
}

// When there is no memory for the only item, its result is still in the outcome.
void StreamItems::end(const Outcome& outcome, platform::Latch& settled) noexcept {
  {
    const MutexLock lock(mutex_);
    if (outcome.ok() && !has_received_ && !is_closed_ && outcome.json() != "null") {
      try {
        entries_.push_back({std::string(outcome.json()), 0});
      } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch)
      }
    }
    has_ended_ = true;
    settled.open();
    changed_.notify_all();
  }
  tell_reader();
}

// Without the mutex, as the reader may do anything at once.
void StreamItems::tell_reader() const {
  if (on_readable && is_awaited_.exchange(false)) on_readable();
}

std::optional<Item> StreamItems::take() {
  const MutexLock lock(mutex_);
  read_ += std::exchange(current_, 0);
  if (entries_.empty()) {
    is_awaited_ = true;
    return std::nullopt;
  }
  taken_.fetch_add(1, std::memory_order_relaxed);
  Item item(std::move(entries_.front().json));
  current_ = entries_.front().cost;
  entries_.pop_front();
  return item;
}

void StreamItems::wait(std::optional<TimePoint> until) {
  MutexLock lock(mutex_);
  while (entries_.empty() && !has_ended_ && !is_closed_) {
    if (!until) {
      changed_.wait(lock);
    } else if (!changed_.wait_until(lock, *until)) {
      return;
    }
  }
}

bool StreamItems::has_ended() const {
  const MutexLock lock(mutex_);
  return has_ended_ && entries_.empty();
}

void StreamItems::close() noexcept {
  const MutexLock lock(mutex_);
  is_closed_ = true;
  entries_.clear();
  changed_.notify_all();
}

bool StreamItems::stays_scheduled() {
  is_scheduled_ = false;
  const MutexLock lock(mutex_);
  return (!entries_.empty() || has_ended_) && schedule();
}

}  // namespace provider_host::internal
