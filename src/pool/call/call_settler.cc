#include "pool/call/call_settler.h"

#include <cstdlib>
#include <utility>

namespace provider_host::internal {

void CallSettler::settle(const CallPtr& call, Outcome outcome) {
  queue_.on_ended(*call);
  if (call->settled()) return;
  call->complete(outcome);
  ++settled_;
  metrics_.on_settled(*call, outcome);
  finish(call, std::move(outcome), due_);
}

void CallSettler::settle_response(const CallPtr& call, Outcome outcome) {
  queue_.on_ended(*call);
  if (call->settled()) return;
  call->complete(outcome);
  ++settled_;
  metrics_.on_response(*call, outcome);
  finish(call, std::move(outcome), due_);
}

void CallSettler::refuse(const CallPtr& call, Error error) {
  Outcome outcome = Outcome::failure(std::move(error));
  call->complete(outcome);
  metrics_.on_refused(*call, outcome);
  SettledCalls due;
  finish(call, std::move(outcome), due);
  if (!due.empty()) callbacks_.post(due);
}

// The counters are right by the time somebody sees the outcome.
void CallSettler::finish(const CallPtr& call, Outcome outcome, SettledCalls& due) {
  if (call->settle(std::move(outcome)) && call->schedule()) due.push_back(call);
}

// When user code ran here, has forked and comes back in the child, this thread is the only one there, and must not go
// on with the parent's hosts.
void CallSettler::deliver() noexcept {
  if (due_.empty()) return;
  callbacks_.post(due_);
  if (!process_.is_here()) std::exit(EXIT_SUCCESS);  // NOLINT(concurrency-mt-unsafe): the only thread
}

}  // namespace provider_host::internal
