// The pool's thread: its turns. A turn does what has become due, then waits for more.
#include <algorithm>
#include <cassert>
#include <exception>
#include <thread>
#include <utility>

#include "pool/pool_core.h"

namespace provider_host::internal {

void PoolCore::run() {
  pool_thread_ = std::this_thread::get_id();
  serve();
  const std::shared_ptr<PoolCore> self = std::move(self_);  // destroyed last, when this thread is all that has it
  const std::lock_guard lock(mutex_);
  ended_ = true;
  pool_thread_ = std::thread::id();  // which another thread may get
  changed_.notify_all();
}

void PoolCore::serve() {
  constexpr auto kFaultPause = std::chrono::milliseconds(10);
  int faults = 0;  // without a turn that was fine between them
  while (true) {
    try {
      turn();
      assert(each_call_has_one_place());
      if (is_over()) return;
      poller_.wait(next_due());
      faults = 0;
    } catch (...) {  // what failed is made again in the next turn
      log_internal_error();
      std::this_thread::sleep_for(kFaultPause * std::min(faults++, 10));  // one that stays must not take a processor
    }
  }
}

void PoolCore::turn() {
  adopt_calls();
  run_commands();
  grant_wishes();
  timers_.run_due(Clock::now());
  end_drain();
  attend_hosts();
  fail_unavailable();
  start_hosts();
  recycle_hosts();
  count_load();
  assign();
  release_idle_hosts();
  check_drained();
  std::erase_if(retiring_, [](const auto& host) { return host->buried; });
}

std::optional<TimePoint> PoolCore::next_due() const {
  const std::lock_guard lock(mutex_);
  const auto timer = timers_.next();
  if (!timer || !drain_until_) return timer ? timer : drain_until_;
  return std::min(*timer, *drain_until_);
}

// For the handler of an exception, which may be that there is no memory: nothing is thrown.
void PoolCore::log_internal_error() {
  try {
    try {
      throw;
    } catch (const std::exception& error) {
      log(LogLevel::kError, 0, "pool", std::string("internal error: ") + error.what());
    }
  } catch (...) {  // there is no memory to say so
  }
}

// One by one, so that one that throws costs no other, and is done again: a caller waits for each. What comes meanwhile
// is for the next turn.
void PoolCore::run_commands() {
  std::unique_lock lock(mutex_);
  for (std::size_t left = commands_.size(); left > 0; --left) {
    const std::function<void()>& command = commands_.front();
    lock.unlock();
    command();
    lock.lock();
    commands_.pop_front();
  }
}

void PoolCore::grant_wishes() {
  std::unique_lock lock(mutex_);
  while (!wishes_.empty()) {
    const CallPtr call = wishes_.front();
    const auto wish = call->wish;
    lock.unlock();
    adopt_calls();  // its caller may have left it to us just before
    if (wish == CallState::Wish::kCancel || host_running(*call) == nullptr) cancel_now(call);
    lock.lock();
    if (call->wish != wish) continue;
    wishes_.pop_front();
    call->wish = CallState::Wish::kNone;
  }
}

}  // namespace provider_host::internal
