#include "platform/latch.h"

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace provider_host::platform {
namespace {

// Where threads wait for latches. A latch may be gone while it still wakes them, so this does not belong to it; several
// may share one, whose threads then wake for nothing.
struct Lot {
  std::mutex mutex;
  std::condition_variable opened;
};

constexpr std::size_t kLots = 64;

// Never destroyed, as threads may wait until the end, and without an allocation that could fail.
union Lots {
  Lots() : all() {}
  ~Lots() {}  // NOLINT(modernize-use-equals-default): that of a union would be deleted
  std::array<Lot, kLots> all;
};

Lot& lot_of(const void* latch) {
  static Lots lots;
  return lots.all[reinterpret_cast<std::uintptr_t>(latch) / alignof(std::max_align_t) % kLots];
}

}  // namespace

bool Latch::wait(std::optional<Clock::time_point> until) const noexcept {
  Lot& lot = lot_of(this);
  std::unique_lock lock(lot.mutex);
  while (true) {
    std::uint32_t state = kClosed;
    state_.compare_exchange_strong(state, kAwaited, std::memory_order_acquire);
    if (state == kOpen) return true;
    if (until && Clock::now() >= *until) return is_open();
    if (until && *until != Clock::time_point::max()) {
      lot.opened.wait_until(lock, *until);
    } else {
      lot.opened.wait(lock);
    }
  }
}

void Latch::wake_all() const noexcept {
  Lot& lot = lot_of(this);  // the latch may be gone by now
  const std::lock_guard lock(lot.mutex);
  lot.opened.notify_all();
}

}  // namespace provider_host::platform
