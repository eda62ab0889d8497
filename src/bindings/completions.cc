#include "bindings/completions.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <iterator>
#include <system_error>
#include <utility>

namespace provider_host::bindings {
namespace {

constexpr long kWaitNanoseconds = 100'000;
constexpr std::size_t kMany = 64;  // worth a wake-up of their own
constexpr int kSkippedAfterVain = 31;

}  // namespace

Completions::Completions() : timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  if (!timer_) throw std::system_error(errno, std::generic_category(), "timerfd_create");
}

void Completions::expect(std::size_t calls) {
  const MutexLock lock(mutex_);
  unsettled_ += calls;
}

std::vector<TaggedOutcome> Completions::take() {
  const MutexLock lock(mutex_);
  std::uint64_t expirations = 0;
  static_cast<void>(::read(timer_.get(), &expirations, sizeof expirations));
  if (wake_ == Wake::kLater && settled_.size() == began_with_) skip_ = kSkippedAfterVain;
  wake_ = Wake::kNone;
  return std::exchange(settled_, {});
}

void Completions::on_settled(std::span<TaggedOutcome> outcomes) {
  const MutexLock lock(mutex_);
  unsettled_ -= outcomes.size();
  settled_.insert(settled_.end(), std::make_move_iterator(outcomes.begin()), std::make_move_iterator(outcomes.end()));
  wake(others_may_follow_soon() ? Wake::kLater : Wake::kNow);
}

bool Completions::others_may_follow_soon() const { return unsettled_ > 0 && settled_.size() < kMany && skip_ == 0; }

void Completions::wake(Wake when) {
  if (wake_ >= when) return;
  if (when == Wake::kLater) {
    began_with_ = settled_.size();
  } else if (wake_ == Wake::kNone && skip_ > 0) {
    --skip_;
  }
  wake_ = when;
  itimerspec in{};
  in.it_value.tv_nsec = when == Wake::kNow ? 1 : kWaitNanoseconds;
  ::timerfd_settime(timer_.get(), 0, &in, nullptr);
}

}  // namespace provider_host::bindings
