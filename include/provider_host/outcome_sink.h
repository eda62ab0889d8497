#pragma once

#include <cstdint>
#include <span>

#include "provider_host/call.h"
#include "provider_host/outcome.h"

namespace provider_host {

/// A call with a number by which its caller knows it. The pool never looks at the number.
struct TaggedCall {
  Call call;
  std::uint64_t tag = 0;
};

/// The outcome of the call with that tag.
struct TaggedOutcome {
  std::uint64_t tag = 0;
  Outcome outcome;
};

/// Gets the outcomes of the calls that were submitted with it (Pool::submit_many), many at a time where many settle
/// together. The pool keeps it until the last of them has settled.
class OutcomeSink {
 public:
  virtual ~OutcomeSink() = default;

  /// The outcomes in the order of settling, each exactly once; they may be moved from. Runs where callbacks run
  /// (PoolOptions::callbacks) and may do what a callback may do: with CallbackThread::kOwn one at a time, with
  /// kSettling also on threads that submit, for calls that are refused. What it throws is logged.
  virtual void on_settled(std::span<TaggedOutcome> outcomes) = 0;
};

}  // namespace provider_host
