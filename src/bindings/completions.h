#pragma once

#include <span>
#include <vector>

#include "base/fd.h"
#include "base/mutex.h"
#include "provider_host/outcome_sink.h"

namespace provider_host::bindings {

/// Outcomes on their way from the pool's threads to one consumer, who learns of them by a descriptor. Thread-safe.
class Completions : public OutcomeSink {
 public:
  /// Throws std::system_error.
  Completions();

  /// Is readable while there are outcomes.
  [[nodiscard]] int fileno() const { return event_.get(); }
  /// All that are there, in the order of settling.
  std::vector<TaggedOutcome> take();

  void on_settled(std::span<TaggedOutcome> outcomes) override;

 private:
  const Fd event_;  // an eventfd
  Mutex mutex_;
  std::vector<TaggedOutcome> settled_ GUARDED_BY(mutex_);
};

}  // namespace provider_host::bindings
