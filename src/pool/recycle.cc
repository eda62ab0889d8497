// The pool's thread: hosts that have served enough calls, or have grown too large, are replaced between calls.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "pool/pool_core.h"
#include "process/process_state.h"
#include "process/system_fault.h"

namespace provider_host::internal {
namespace {

// How often memory is looked at; seconds.
constexpr double kMemoryInterval = 0.25;

double mebibytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

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
      if ((closing_ && (cut_ || queue_.empty())) || slot.process == nullptr || !slot.ready) continue;
      if (slot.successor != nullptr && (!slot.has_ready_successor || slot.owner == Owner::kCaller)) continue;
      if (slot.successor == nullptr && !is_due(slot, *slot.process)) continue;
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
    } catch (...) {
      log(LogLevel::kWarning, slot.number, "pool",
          "no successor can be started: " + process::text_of(std::current_exception()));
      const std::lock_guard lock(mutex_);
      give_more_calls(*slot.process);
    }
  }
}

// 90 to 100 % of what the options say, so that hosts that began together do not end together.
void PoolCore::limit_calls(HostProcess& host) {
  const auto most = static_cast<double>(options_.max_calls_per_host);
  host.call_limit = static_cast<std::uint64_t>(std::ceil(most * (0.8 + 0.2 * jitter_())));
  host.successor_at = (host.call_limit + 1) / 2;
}

// There is no successor; until the next try it goes on.
void PoolCore::give_more_calls(HostProcess& host) const {
  host.outgrown = false;
  if (options_.max_calls_per_host == 0) return;
  host.call_limit = host.calls_sent() + options_.max_calls_per_host;
  host.successor_at = host.call_limit - options_.max_calls_per_host / 2;
}

// From half of its calls on it is reckoned how many it will serve while its successor starts, twice over; so it has
// some left until the successor is there, and calls need not wait for that.
bool PoolCore::is_due(const Slot& slot, HostProcess& host) {
  if (host.outgrown || host.is_used_up()) return true;
  if (host.successor_at == 0 || host.served < host.successor_at) return false;
  const double lived_ms = std::max(to_seconds(Clock::now() - host.ready_at) * 1000, 1.0);
  const double meanwhile = static_cast<double>(host.served) / lived_ms * slot.ready_ms * 2;
  const std::uint64_t left = host.call_limit - std::min(host.served, host.call_limit);
  const auto needed = static_cast<std::uint64_t>(std::clamp(meanwhile, 1.0, static_cast<double>(host.call_limit)));
  if (left <= needed) return true;
  host.successor_at = host.served + std::max<std::uint64_t>((left - needed) / 2, 1);
  return false;
}

// The old host finishes what it has and ends in peace.
void PoolCore::take_over(Slot& slot) {
  HostProcess& old = *slot.process;
  const RestartCause cause = old.outgrown ? RestartCause::kMemoryLimit : RestartCause::kCallLimit;
  log(LogLevel::kDebug, slot.number, "pool",
      "recycled after " + std::to_string(old.served) + (old.outgrown ? " calls: it is above max_rss" : " calls"));
  old.recycled = true;
  leave_slot(old, cause);  // the successor is in the slot now
  if (old.abandoned() > 0) return;
  old.stop_plan = StopPlan::graceful(options_.stop_grace);
  if (!old.ended && old.in_flight().empty()) stop_step(old);
}

// It is to end, and no longer belongs to the slot.
HostProcess& PoolCore::dismiss_successor(Slot& slot) {
  retiring_.reserve(retiring_.size() + 1);
  const std::lock_guard lock(mutex_);
  retiring_.push_back(std::move(slot.successor));
  slot.has_ready_successor = false;
  return *retiring_.back();
}

// The old host goes on: a script that can no longer be imported must not cost a host that works.
void PoolCore::drop_successor(Slot& slot, const Error& error) {
  log(LogLevel::kWarning, slot.number, "pool",
      "the successor of a host that was to be recycled failed: " + error.message);
  HostProcess& successor = dismiss_successor(slot);
  if (slot.process != nullptr) {
    const std::lock_guard lock(mutex_);
    give_more_calls(*slot.process);
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
    HostProcess& host = *slot.process;
    const TimePoint now = Clock::now();
    host.outgrown = memory_policy_.is_too_much(process::resident_bytes(host.pid()).value_or(0), now);
    if (host.outgrown) memory_policy_.on_replacement(now);
  }
  if (!stopping_) timers_.add(Clock::now() + seconds(kMemoryInterval), [this] { check_memory(); });
}

// Another host in its place would be no better.
void PoolCore::check_memory_at_start(const HostProcess& host) {
  if (options_.max_rss == 0) return;
  const std::uint64_t resident = process::resident_bytes(host.pid()).value_or(0);
  if (!memory_policy_.on_ready(resident)) return;
  log(LogLevel::kWarning, host.number, "pool",
      fmt::format(
          "max_rss is {:.1f} MiB, but a host needs {:.1f} MiB for the import alone; it is replaced now and then "
          "only, as its successors need as much",
          mebibytes(options_.max_rss), mebibytes(resident)));
}

}  // namespace provider_host::internal
