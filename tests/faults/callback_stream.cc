#include "faults/callback_stream.h"

#include <chrono>
#include <thread>
#include <utility>

#include "inject/trap.h"

namespace provider_host::chaos {

void CallbackStream::start(const Pending& pending) {
  std::unique_lock lock(mutex_);
  pending_ = pending;
  close_if_due(std::move(lock));
}

bool CallbackStream::add(const Item& item) {
  const inject::Spared spared;
  std::unique_lock lock(mutex_);
  if (has_ended_) return false;
  const bool pauses = reading_.pause > 0 && log_.count() % reading_.pause_every == 0;
  log_.add(item);
  close_if_due(std::move(lock));
  if (pauses) std::this_thread::sleep_for(std::chrono::duration<double>(reading_.pause));
  return true;
}

// The pool is used without the lock.
void CallbackStream::close_if_due(std::unique_lock<std::mutex> lock) {
  if (log_.count() < reading_.items || !pending_) return;
  const Pending pending = *std::exchange(pending_, std::nullopt);
  lock.unlock();
  const inject::Exposed exposed;
  pending.cancel();
}

void CallbackStream::end() {
  const std::lock_guard lock(mutex_);
  has_ended_ = true;
  ended_.notify_all();
}

const ItemLog& CallbackStream::wait_for_end() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return has_ended_; });
  return log_;
}

}  // namespace provider_host::chaos
