// The pool's thread: how everything ends.
#include "pool/pool_core.h"

namespace provider_host::internal {

void PoolCore::begin_shutdown(double drain_seconds) {
  timers_.add(Clock::now() + seconds(drain_seconds), [this] { cut_short(); });
}

// Nothing is waited for any more.
void PoolCore::cut_short() {
  if (stopping_) return;
  cut_ = true;
  fail_queue([] { return shutting_down(); });
  std::vector<HostProcess*> running;
  {
    const std::lock_guard lock(mutex_);
    for (Slot& slot : slots_) {
      if (slot.process == nullptr) continue;
      if (slot.owner == Owner::kCaller) slot.process->cut_call_channel();  // its caller hands it over
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

void PoolCore::check_drained() {
  std::vector<HostProcess*> idle;
  {
    const std::lock_guard lock(mutex_);
    if (!closing_ || !queue_.empty()) return;
    for (const Slot& slot : slots_) {
      if (slot.owner == Owner::kCaller || slot.in_flight > 0) return;
    }
    for (const Slot& slot : slots_) {
      if (slot.process != nullptr) idle.push_back(slot.process.get());
    }
  }
  for (const auto& host : retiring_) {
    if (!host->in_flight().empty()) return;
  }
  stopping_ = true;
  for (HostProcess* host : idle) {
    retire(*host, host->ready ? StopPlan::graceful(options_.stop_grace) : StopPlan::killing());
  }
}

}  // namespace provider_host::internal
