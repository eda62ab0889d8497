#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/fd.h"
#include "base/mutex.h"
#include "provider_host/outcome_sink.h"

namespace provider_host::bindings {

/// Outcomes on their way from the pool's threads to one consumer, who learns of them by a descriptor. While other calls
/// are under way, an outcome may wait 0.1 ms for theirs, so that the consumer need not be woken for each; it does not
/// when that has been in vain. Thread-safe.
class Completions : public OutcomeSink {
 public:
  /// Throws std::system_error.
  Completions();

  /// Becomes readable when there are outcomes.
  [[nodiscard]] int fileno() const { return timer_.get(); }
  /// As many calls are about to be submitted with this sink.
  void expect(std::size_t calls);
  /// All outcomes that are there, in the order of settling.
  std::vector<TaggedOutcome> take();

  void on_settled(std::span<TaggedOutcome> outcomes) override;

 private:
  enum class Wake { kNone, kLater, kNow };

  void wake(Wake when) REQUIRES(mutex_);
  [[nodiscard]] bool others_may_follow_soon() const REQUIRES(mutex_);

  const Fd timer_;  // a timerfd
  Mutex mutex_;
  std::vector<TaggedOutcome> settled_ GUARDED_BY(mutex_);
  std::size_t unsettled_ GUARDED_BY(mutex_) = 0;
  Wake wake_ GUARDED_BY(mutex_) = Wake::kNone;     // what the timer is set to
  std::size_t began_with_ GUARDED_BY(mutex_) = 0;  // outcomes, when it was set to kLater
  int skip_ GUARDED_BY(mutex_) = 0;                // how often no outcome waits for others
};

}  // namespace provider_host::bindings
