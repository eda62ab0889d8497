#include "inject/trap.h"

#include <stdexcept>
#include <utility>

namespace provider_host::inject {
namespace {

// Its address is the thread's identity.
thread_local int t_spared = 0;

}  // namespace

Spared::Spared() { ++t_spared; }
Spared::~Spared() { --t_spared; }
Exposed::Exposed() : spared_(std::exchange(t_spared, 0)) {}
Exposed::~Exposed() { t_spared = spared_; }

void Trap::arm(Threads threads, Places places) {
  if (armed_) throw std::logic_error("failures of this kind are injected already");
  threads_ = threads;
  owner_ = &t_spared;
  first_ = places.first;
  period_ = places.period;
  most_ = places.most;
  passed_ = 0;
  failed_ = 0;
  armed_.store(true, std::memory_order_release);
}

bool Trap::counted_strikes() {
  const Threads threads = threads_;
  const bool is_owner = owner_ == &t_spared;
  if (t_spared > 0 || (threads != Threads::kAll && is_owner != (threads == Threads::kThis))) return false;
  const std::uint64_t place = ++passed_;
  const std::uint64_t first = first_;
  const std::uint64_t period = period_;
  const bool hit = first != 0 && (place == first || (period != 0 && place > first && (place - first) % period == 0));
  if (!hit || failed_ >= most_) return false;
  ++failed_;
  return true;
}

}  // namespace provider_host::inject
