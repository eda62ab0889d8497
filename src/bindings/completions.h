#pragma once

#include <span>
#include <vector>

#include "base/fd.h"
#include "base/mutex.h"
#include "provider_host/outcome_sink.h"

namespace provider_host::bindings {

/// Outcomes on their way from the pool's threads to one consumer, who learns of them by a descriptor. It is woken once
/// for all that have come until it takes them. Thread-safe.
class Completions : public OutcomeSink {
 public:
  /// Throws std::system_error.
  Completions();

  /// Becomes readable when there are outcomes, and by `wake`.
  [[nodiscard]] int fileno() const { return event_.get(); }
  void wake();
  /// All outcomes that are there, in the order of settling. The descriptor is not readable then.
  std::vector<TaggedOutcome> take();

  void on_settled(std::span<TaggedOutcome> outcomes) override;

 private:
  void make_readable() REQUIRES(mutex_);

  const Fd event_;  // an eventfd
  Mutex mutex_;
  std::vector<TaggedOutcome> settled_ GUARDED_BY(mutex_);
  bool is_readable_ GUARDED_BY(mutex_) = false;
};

}  // namespace provider_host::bindings
