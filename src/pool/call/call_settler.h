#pragma once

#include <cstdint>

#include "pool/admission_queue.h"
#include "pool/call/call_state.h"
#include "pool/call/callback_executor.h"
#include "pool/metrics.h"
#include "process/process_mark.h"
#include "provider_host/error.h"
#include "provider_host/outcome.h"

namespace provider_host::internal {

/// The last step of every call that is not its caller's own: counted, settled, its callback or sink told. A call that
/// has settled already stays as it is.
class CallSettler {
 public:
  /// All outlive this.
  CallSettler(AdmissionQueue& queue, Metrics& metrics, CallbackExecutor& callbacks)
      : queue_(queue), metrics_(metrics), callbacks_(callbacks) {}

  /// A call that is in no queue and with no host any more, or whose host has responded. The reactor thread.
  void settle(const CallPtr& call, Outcome outcome);
  void settle_response(const CallPtr& call, Outcome outcome);
  /// The next item of a stream is there for its callback, if it has one. The reactor thread.
  void on_item(const CallPtr& call) {
    if (call->schedule()) due_.push_back(call);
  }
  /// Tells the callbacks and sinks of what has settled since the last time; due in each iteration. The reactor thread.
  void deliver() noexcept;
  /// A call that was in no queue and with no host; its callback or sink is told at once. Any thread.
  void refuse(const CallPtr& call, Error error);

  /// How many calls the reactor has settled.
  [[nodiscard]] std::uint64_t settled() const { return settled_; }

 private:
  static void finish(const CallPtr& call, Outcome outcome, SettledCalls& due);

  AdmissionQueue& queue_;
  Metrics& metrics_;
  CallbackExecutor& callbacks_;
  const process::ProcessMark process_;

  // the reactor thread
  std::uint64_t settled_ = 0;
  SettledCalls due_;
};

}  // namespace provider_host::internal
