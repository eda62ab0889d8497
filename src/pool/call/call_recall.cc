#include "pool/call/call_recall.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "pool/call/failure.h"

namespace provider_host::internal {

void CallRecall::recall(Host& host, const CallState* kept) {
  std::vector<CallPtr> calls = host.recall();
  std::ranges::sort(calls, std::greater(), &CallState::id);  // the oldest comes to the front last
  for (const CallPtr& call : calls) {
    const InFlight* const entry = host.find(*call);
    const bool was_next = entry != nullptr;
    if (call.get() == kept || (was_next && entry->is_timing_out)) continue;
    const bool is_redelivery = was_next && host.events.is_broken;
    if (is_redelivery && call->redeliveries >= kMaxRedeliveries) continue;
    requeue(&host, call);
    if (is_redelivery) ++call->redeliveries;
  }
}

void CallRecall::recall_behind(Host& host) {
  if (host.line().empty()) return;
  std::vector<CallPtr> calls = host.recall();
  std::ranges::sort(calls, std::greater(), &CallState::id);
  for (const CallPtr& call : calls) {
    const InFlight* const entry = host.find(*call);
    if (entry == nullptr) {
      requeue(&host, call);
    } else if (!entry->is_timing_out) {
      host.send_again(call);
    }
  }
}

void CallRecall::requeue(Host* from, const CallPtr& call) {
  if (phase_.is_aborting()) {
    Outcome outcome = Outcome::failure(shutting_down());
    if (from != nullptr) from->forget(*call);
    return settler_.settle(call, std::move(outcome));
  }
  call->keep_prompt();
  const TimePoint started = std::exchange(call->started, {});
  try {
    queue_.push_front(call);
  } catch (...) {
    call->started = started;
    throw;
  }
  call->host = 0;
  call->pid = 0;
  if (from != nullptr) from->forget(*call);
}

}  // namespace provider_host::internal
