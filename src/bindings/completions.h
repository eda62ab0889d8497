#pragma once

#include <span>
#include <vector>

#include "base/mutex.h"
#include "bindings/loop_event.h"
#include "provider_host/outcome_sink.h"

namespace provider_host::bindings {

/// Outcomes on their way from the pool's threads to one consumer, who learns of them by a descriptor. It is woken once
/// for all that have come until it takes them. Thread-safe.
class Completions : public OutcomeSink {
 public:
  /// Becomes readable when there are outcomes, and by `wake`.
  [[nodiscard]] int fileno();
  void wake();
  /// All outcomes that are there, in the order of settling. The descriptor is not readable then.
  std::vector<TaggedOutcome> take();

  void on_settled(std::span<TaggedOutcome> outcomes) override;

 private:
  Mutex mutex_;
  LoopEvent event_ GUARDED_BY(mutex_);
  std::vector<TaggedOutcome> settled_ GUARDED_BY(mutex_);
};

}  // namespace provider_host::bindings
