// The pool's thread: hosts that have served enough calls, or have grown too large, are replaced between calls.
#include <algorithm>
#include <system_error>
#include <utility>

#include "pool/pool_core.h"
#include "process/process_state.h"

namespace provider_host::internal {
namespace {

// How often memory is looked at; seconds.
constexpr double kMemoryInterval = 0.25;

}  // namespace

PoolCore::Slot* PoolCore::slot_of_successor(const HostProcess& host) {
  Slot& slot = slots_[static_cast<std::size_t>(host.number - 1)];
  return slot.successor.get() == &host ? &slot : nullptr;
}

// Starts a successor for every host that is due, and lets it take over when it is ready and nobody talks to the old
// one.
void PoolCore::recycle_hosts() {
  if (options_.max_calls_per_host == 0 && options_.max_rss == 0) return;
  for (Slot& slot : slots_) {
    {
      const std::lock_guard lock(mutex_);
      if (closing_ || slot.process == nullptr || !slot.ready) continue;
      if (slot.successor != nullptr && (!slot.has_ready_successor || slot.owner == Owner::kCaller)) continue;
      if (slot.successor == nullptr && !is_due(*slot.process)) continue;
      if (slot.successor != nullptr) slot.owner = Owner::kPool;  // no caller may borrow the old one in between
    }
    if (slot.successor != nullptr) {
      take_over(slot);
      continue;
    }
    try {
      auto successor = spawn(slot);
      const std::lock_guard lock(mutex_);
      slot.successor = std::move(successor);
    } catch (const std::system_error& error) {
      log(LogLevel::kWarning, slot.number, "pool", std::string("no successor can be started: ") + error.what());
      const std::lock_guard lock(mutex_);
      slot.process->call_limit += options_.max_calls_per_host;
      slot.process->outgrown = false;
    }
  }
}

bool PoolCore::is_due(const HostProcess& host) const {
  return host.outgrown || (host.call_limit > 0 && host.served >= host.call_limit);
}

// The old host finishes what it has and ends in peace.
void PoolCore::take_over(Slot& slot) {
  HostProcess& old = *slot.process;
  const RestartCause cause = old.outgrown ? RestartCause::kMemoryLimit : RestartCause::kCallLimit;
  log(LogLevel::kDebug, slot.number, "pool",
      "recycled after " + std::to_string(old.served) + (old.outgrown ? " calls: it is above max_rss" : " calls"));
  leave_slot(old, cause);  // the successor is in the slot now
  if (old.abandoned() > 0) return;
  old.stop_plan = StopPlan::graceful(options_.stop_grace);
  if (!old.ended && old.in_flight().empty()) stop_step(old);
}

// The old host goes on: a script that can no longer be imported must not cost a host that works.
void PoolCore::drop_successor(Slot& slot, const Error& error) {
  log(LogLevel::kWarning, slot.number, "pool",
      "the successor of a host that was to be recycled failed: " + error.message);
  HostProcess& successor = *slot.successor;
  {
    const std::lock_guard lock(mutex_);
    retiring_.push_back(std::move(slot.successor));
    slot.has_ready_successor = false;
    if (slot.process != nullptr) {
      slot.process->call_limit = slot.process->served + std::max<std::uint64_t>(options_.max_calls_per_host, 1);
      slot.process->outgrown = false;
    }
  }
  timers_.cancel(successor.timer);
  successor.stop_plan = StopPlan::killing();
  if (!successor.ended) stop_step(successor);
}

void PoolCore::check_memory() {
  if (options_.max_rss == 0) return;
  for (Slot& slot : slots_) {
    const std::lock_guard lock(mutex_);
    if (slot.process == nullptr || !slot.ready || slot.successor != nullptr) continue;
    slot.process->outgrown = process::resident_bytes(slot.process->pid()).value_or(0) > options_.max_rss;
  }
  if (!stopping_) timers_.add(Clock::now() + seconds(kMemoryInterval), [this] { check_memory(); });
}

}  // namespace provider_host::internal
