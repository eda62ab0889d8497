// How everything ends.
#include <algorithm>
#include <utility>

#include "pool/pool_core.h"

namespace provider_host::internal {

// --- any thread

// A second, more impatient shutdown shortens the first. Each waits for the callbacks of what has settled by then, but
// a callback for none: its own thread runs them.
void PoolCore::shutdown(double drain_seconds, const Interrupted& interrupted) {
  prepare_to_wait();
  close(drain_seconds);
  if (interrupted) wait_for_end(interrupted);
  {
    const std::lock_guard one_at_a_time(join_mutex_);
    if (thread_.joinable()) thread_.join();
  }
  callbacks_.drain();
  log_->flush();
}

void PoolCore::close(double drain_seconds) {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    const TimePoint until = Clock::now() + seconds(drain_seconds);
    drain_until_ = std::min(until, drain_until_.value_or(until));
    room_.notify_all();
  }
  poller_.wake();
}

// Once interrupted, nothing is waited for any more.
void PoolCore::wait_for_end(const Interrupted& interrupted) {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, seconds(kInterruptInterval), [this] { return ended_; })) {
    lock.unlock();
    const bool give_up = interrupted();
    lock.lock();
    if (!give_up) continue;
    lock.unlock();
    return close(0);
  }
}

void PoolCore::end(std::shared_ptr<PoolCore> self) {
  if (!is_here()) {
    self_ = std::move(self);  // nothing of it is destroyed
    return;
  }
  if (std::this_thread::get_id() == pool_thread_) {
    self_ = std::move(self);
    thread_.detach();
    return close(options_.shutdown_timeout);
  }
  shutdown(options_.shutdown_timeout, nullptr);
  callbacks_.close();
}

// --- the pool's thread

void PoolCore::end_drain() {
  {
    const std::lock_guard lock(mutex_);
    if (!drain_until_ || Clock::now() < *drain_until_) return;
  }
  cut_short();
  const std::lock_guard lock(mutex_);
  drain_until_.reset();
}

// Nothing is waited for any more.
void PoolCore::cut_short() {
  if (stopping_) return;
  cut_ = true;
  fail_queue(shutting_down());
  std::vector<HostProcess*> running;
  {
    const std::lock_guard lock(mutex_);
    for (Slot& slot : slots_) {
      if (slot.process == nullptr) continue;
      if (slot.owner == Owner::kCaller) {
        slot.process->cut_call_channel();  // its caller hands it over, and it may end
        slot.process->leaving = true;
      }
      if (!slot.process->in_flight().empty()) running.push_back(slot.process.get());
    }
  }
  for (const auto& host : retiring_) {
    if (!host->in_flight().empty()) running.push_back(host.get());
  }
  for (HostProcess* host : running) {
    const std::vector<CallPtr> calls = host->calls_in_flight();
    for (const CallPtr& call : calls) abandon(*host, call, shutting_down());
  }
}

// What code that was asked to end gets when everything ends; seconds.
double PoolCore::last_grace() const { return std::min(options_.interrupt_grace, options_.stop_grace); }

StopPlan PoolCore::ending_of(const HostProcess& host) const {
  if (!host.ready) return StopPlan::killing();
  if (host.abandoned() > 0) return StopPlan::impatient(last_grace());
  return StopPlan::graceful(options_.stop_grace);
}

bool PoolCore::is_drained() const {
  if (!closing_ || !queue_.empty() || !resting_.empty() || assignment_) return false;
  const auto is_busy = [](const HostProcess* host) { return host != nullptr && !host->in_flight().empty(); };
  return std::ranges::none_of(
             slots_, [&](const Slot& slot) { return slot.owner == Owner::kCaller || is_busy(slot.process.get()); }) &&
         std::ranges::none_of(retiring_, [&](const auto& host) { return is_busy(host.get()); });
}

void PoolCore::check_drained() {
  if (!stopping_) {
    {
      const std::lock_guard lock(mutex_);
      if (!is_drained()) return;
    }
    for (const auto& host : retiring_) {
      if (host->abandoned() == 0 || host->condemned || host->ended) continue;
      timers_.cancel(host->obey_timer);
      host->obey_timer = timers_.add(Clock::now() + seconds(last_grace()), [this, &host = *host] { condemn(host); });
    }
    stopping_ = true;
  }
  for (Slot& slot : slots_) {
    if (slot.successor != nullptr) {
      HostProcess& successor = dismiss_successor(slot);
      retire(successor, ending_of(successor), RestartCause::kNone);
    }
    if (slot.process != nullptr) retire(*slot.process, ending_of(*slot.process), RestartCause::kNone);
  }
}

// For assertions: whether each call that was taken and is not settled is in one place, and one only.
bool PoolCore::each_call_has_one_place() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t calls = queue_.size() + resting_.size() + (assignment_ ? 1 : 0);
  bool has = true;
  const auto look_at = [&](const HostProcess* host) {
    if (host == nullptr) return;
    calls += host->in_flight().size();
    for (const auto& [id, call] : host->in_flight()) {
      has = has && !call->queued && !call->settled() && !resting_.contains(id);
    }
  };
  for (const Slot& slot : slots_) {
    calls += slot.owner == Owner::kCaller ? 1 : 0;
    look_at(slot.process.get());
  }
  for (const auto& host : retiring_) look_at(host.get());
  for (const auto& [id, call] : resting_) has = has && !call->queued && !call->settled();
  return has && calls == counters_.open();
}

bool PoolCore::is_over() const {
  return stopping_ && retiring_.empty() && std::ranges::none_of(slots_, [](const Slot& slot) {
           return slot.process != nullptr || slot.successor != nullptr;
         });
}

}  // namespace provider_host::internal
