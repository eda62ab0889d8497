#include "pool/call/call_termination.h"

#include <optional>
#include <utility>
#include <vector>

#include "pool/call/failure.h"

namespace provider_host::internal {
namespace {

constexpr Clock::duration kStacksWait = std::chrono::milliseconds(200);

}  // namespace

void CallTermination::end_expired(TimePoint now) {
  ask_where_import_is(now);
  while (const auto expired = parts_.queue.expired(now)) {
    end_waiting(expired->call, expired->by_deadline ? timed_out(*expired->call, now) : queue_full(parts_.max_queue));
  }
}

std::optional<TimePoint> CallTermination::next_due() const {
  const auto expiry = parts_.queue.next_expiry();
  if (!expiry) return std::nullopt;
  const Host* const host = parts_.hosts.importing();
  return host != nullptr && !host->start.is_asked_for_expiry ? *expiry - kStacksWait : *expiry;
}

// A little before a deadline passes, so that there is time for the response.
void CallTermination::ask_where_import_is(TimePoint now) {
  Host* const host = parts_.hosts.importing();
  if (host == nullptr || host->start.is_asked_for_expiry || host->start.is_late) return;
  const auto expiry = parts_.queue.next_expiry();
  if (!expiry || *expiry - now > kStacksWait) return;
  host->start.is_asked_for_expiry = true;
  host->request_stacks();
}

Error CallTermination::timed_out(const CallState& call, TimePoint now) {
  const double deadline = to_seconds(*call.deadline - call.submitted);
  Host* const host = parts_.hosts.importing();
  if (host == nullptr) return timed_out_queued(deadline);
  host->start.is_asked_for_expiry = false;  // the next call is told anew
  return timed_out_importing(host->info_with_stacks(), deadline, to_seconds(now - host->start.spawned_at));
}

// The host that has begun the call. A call that is only in its line is taken back first.
Host* CallTermination::host_running(const CallPtr& call) {
  Host* const host = parts_.hosts.host_of(*call);
  if (host == nullptr || host->find(*call) != nullptr) return host;
  parts_.recall.recall_behind(*host);
  if (host->has(*call)) host->read_watched_calls();  // the call before it has ended, and so may it have
  return host->has(*call) ? host : nullptr;
}

void CallTermination::cancel(const CallPtr& call) {
  if (call->settled()) return;
  Host* const host = host_running(call);
  if (call->settled()) return;
  if (call->items != nullptr) call->items->close();
  if (host != nullptr && call->items != nullptr) return parts_.escalation.close(*host, call, cancelled(true));
  if (host != nullptr) return parts_.escalation.abandon(*host, call, cancelled(true));
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
