#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "pool/reactor/clock.h"

namespace provider_host::internal {

/// Actions that run at given times. Belongs to one thread.
class TimerQueue {
 public:
  using Action = std::function<void()>;
  /// Names a timer; a default-constructed one names none.
  using Id = std::pair<TimePoint, std::uint64_t>;

  /// `now` is the clock; tests have one of their own.
  explicit TimerQueue(Now now = Clock::now) : now_(std::move(now)) {}

  [[nodiscard]] TimePoint now() const { return now_(); }

  Id add(TimePoint at, Action action) {
    const Id id{at, ++last_};
    timers_.emplace(id, std::move(action));
    return id;
  }

  /// Removes the timer; does nothing when it has run or never existed.
  void cancel(const Id& id) { timers_.erase(id); }

  [[nodiscard]] bool has(const Id& id) const { return timers_.contains(id); }

  [[nodiscard]] std::optional<TimePoint> next() const {
    if (timers_.empty()) return std::nullopt;
    return timers_.begin()->first.first;
  }

  /// Runs what is due at `now`, in order; actions may add and cancel timers. One that throws stays due.
  void run_due(TimePoint now) {
    while (!timers_.empty() && timers_.begin()->first.first <= now) {
      auto due = timers_.extract(timers_.begin());
      try {
        due.mapped()();
      } catch (...) {
        timers_.insert(std::move(due));
        throw;
      }
    }
  }

  [[nodiscard]] std::size_t size() const { return timers_.size(); }

 private:
  const Now now_;
  std::map<Id, Action> timers_;
  std::uint64_t last_ = 0;
};

}  // namespace provider_host::internal
