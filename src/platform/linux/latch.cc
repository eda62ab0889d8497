#include "platform/latch.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <ctime>

namespace provider_host::platform {
namespace {

// An operation of futex(2) within this process. Its errors are wake-ups like others, or mean that nobody waits.
void futex(const void* word, int operation, std::uint32_t value, const timespec* until) noexcept {
  ::syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, until, nullptr, FUTEX_BITSET_MATCH_ANY);
}

// For FUTEX_WAIT_BITSET, whose time is that of CLOCK_MONOTONIC, as steady_clock's is.
timespec to_timespec(Latch::Clock::time_point time) noexcept {
  using std::chrono::nanoseconds;
  using std::chrono::seconds;
  const auto since_start = std::max(time.time_since_epoch(), Latch::Clock::duration::zero());
  const auto whole = std::chrono::duration_cast<seconds>(since_start);
  return {static_cast<time_t>(whole.count()),
          static_cast<long>(std::chrono::duration_cast<nanoseconds>(since_start - whole).count())};
}

}  // namespace

bool Latch::wait(std::optional<Clock::time_point> until) const noexcept {
  const timespec limit = until ? to_timespec(*until) : timespec{};
  while (true) {
    std::uint32_t state = kClosed;
    state_.compare_exchange_strong(state, kAwaited, std::memory_order_acquire);
    if (state == kOpen) return true;
    if (until && Clock::now() >= *until) return is_open();
    futex(&state_, FUTEX_WAIT_BITSET, kAwaited, until ? &limit : nullptr);
  }
}

// The latch may be gone by now: then this wakes nobody, or somebody who looks again.
void Latch::wake_all() const noexcept { futex(&state_, FUTEX_WAKE_BITSET, INT_MAX, nullptr); }

}  // namespace provider_host::platform
