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

/// The last step of every call that is not its caller's own: counted, settled, its callback due. A call that has
/// settled already stays as it is.
class CallSettler {
 public:
  /// All outlive this.
  CallSettler(AdmissionQueue& queue, Metrics& metrics, CallbackExecutor& callbacks)
      : queue_(queue), metrics_(metrics), callbacks_(callbacks) {}

  /// A call that is in no queue and with no host any more, or whose host has responded. The reactor thread.
  void settle(const CallPtr& call, Outcome outcome);
  void settle_response(const CallPtr& call, Outcome outcome);
  /// A call that was in no queue and with no host. Any thread.
  void refuse(const CallPtr& call, Error error);

  /// How many calls the reactor has settled.
  [[nodiscard]] std::uint64_t settled() const { return settled_; }

 private:
  void finish(const CallPtr& call, Outcome outcome);
  void leave_child() const;

  AdmissionQueue& queue_;
  Metrics& metrics_;
  CallbackExecutor& callbacks_;
  const process::ProcessMark process_;
  std::uint64_t settled_ = 0;  // the reactor thread
};

}  // namespace provider_host::internal
