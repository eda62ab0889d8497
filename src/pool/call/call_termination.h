#pragma once

#include <optional>

#include "pool/admission_queue.h"
#include "pool/call/call_recall.h"
#include "pool/call/call_settler.h"
#include "pool/call/cancellations.h"
#include "pool/dispatcher.h"
#include "pool/host_set.h"
#include "pool/policy/retry_backoff.h"
#include "pool/reactor/clock.h"
#include "pool/timeout_escalation.h"
#include "provider_host/error.h"

namespace provider_host::internal {

/// Ends calls before they have a response, wherever they are. Belongs to the reactor thread.
class CallTermination {
 public:
  /// All outlive this.
  struct Parts {
    AdmissionQueue& queue;
    RetryBackoff& retries;
    HostSet& hosts;
    Dispatcher& dispatcher;
    TimeoutEscalation& escalation;
    CallSettler& settler;
    CallRecall& recall;
    Cancellations& cancellations;
    std::size_t max_queue = 0;  ///< Calls; for the error.
  };

  explicit CallTermination(const Parts& parts) : parts_(parts) {}

  /// Each iteration: what callers have asked for.
  template <typename Adopt>
  void handle_cancellations(Adopt adopt_transferred);
  /// Each iteration: calls whose time in the queue is over. While the script is imported, their errors say where it is.
  void end_expired(TimePoint now);
  /// When end_expired() has something to do.
  [[nodiscard]] std::optional<TimePoint> next_due() const;

  void cancel(const CallPtr& call);
  /// One that no host has.
  void end_waiting(const CallPtr& call, Error error);
  /// All that wait, in the queue or for another try, the oldest first.
  void end_all_waiting(const Error& error);

 private:
  Host* host_running(const CallPtr& call);
  void ask_where_import_is(TimePoint now);
  Error timed_out(const CallState& call, TimePoint now);

  const Parts parts_;
};

template <typename Adopt>
void CallTermination::handle_cancellations(Adopt adopt_transferred) {
  for (auto asked = parts_.cancellations.first(); asked.call != nullptr; asked = parts_.cancellations.first()) {
    adopt_transferred();  // its caller may have left it to us just before
    const bool is_withdrawal = asked.kind == CallState::CancelRequest::kWithdraw;
    if (!is_withdrawal || host_running(asked.call) == nullptr) cancel(asked.call);
    parts_.cancellations.done(asked);
  }
}

}  // namespace provider_host::internal
