#include "pool/call/call_termination.h"

#include <optional>
#include <utility>
#include <vector>

#include "pool/call/failure.h"

namespace provider_host::internal {

void CallTermination::end_expired(TimePoint now) {
  const auto import_seconds = [this, now]() -> std::optional<double> {
    const auto since = parts_.hosts.importing_since();
    return since ? std::optional(to_seconds(now - *since)) : std::nullopt;
  };
  while (const auto expired = parts_.queue.expired(now)) {
    const CallState& call = *expired->call;
    end_waiting(expired->call, expired->by_deadline
                                   ? timed_out_queued(to_seconds(*call.deadline - call.submitted), import_seconds())
                                   : queue_full(parts_.max_queue));
  }
}

void CallTermination::cancel(const CallPtr& call) {
  if (call->settled()) return;
  if (Host* const host = parts_.hosts.host_of(*call)) return parts_.escalation.abandon(*host, call, cancelled(true));
  end_waiting(call, cancelled(false));
}

void CallTermination::end_waiting(const CallPtr& call, Error error) {
  Outcome outcome = Outcome::failure(std::move(error));
  parts_.queue.remove(call);
  parts_.retries.remove(*call);
  parts_.settler.settle(call, std::move(outcome));
}

// From the back of the queue calls leave it at no cost.
void CallTermination::end_all_waiting(const Error& error) {
  std::vector<CallPtr> calls = parts_.queue.calls();
  const std::size_t queued = calls.size();
  for (CallPtr& call : parts_.retries.calls()) calls.push_back(std::move(call));
  if (const CallPtr call = parts_.dispatcher.in_transit()) calls.push_back(call);
  std::vector<Outcome> outcomes;
  outcomes.reserve(calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) outcomes.push_back(Outcome::failure(error));
  for (std::size_t i = queued; i > 0; --i) parts_.queue.remove(calls[i - 1]);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    parts_.retries.remove(*calls[i]);
    parts_.settler.settle(calls[i], std::move(outcomes[i]));
  }
}

}  // namespace provider_host::internal
