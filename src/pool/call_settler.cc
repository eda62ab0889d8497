#include "pool/call_settler.h"

#include <utility>

namespace provider_host::internal {

void CallSettler::settle(const CallPtr& call, Outcome outcome) {
  queue_.on_ended(*call);
  if (call->settled()) return;
  ++settled_;
  metrics_.on_settled(*call, outcome);
  finish(call, std::move(outcome));
}

void CallSettler::settle_response(const CallPtr& call, Outcome outcome) {
  queue_.on_ended(*call);
  if (call->settled()) return;
  ++settled_;
  metrics_.on_response(*call, outcome);
  finish(call, std::move(outcome));
}

void CallSettler::refuse(const CallPtr& call, Error error) {
  Outcome outcome = Outcome::failure(std::move(error));
  metrics_.on_refused(*call, outcome);
  finish(call, std::move(outcome));
}

// The counters are right by the time somebody sees the outcome.
void CallSettler::finish(const CallPtr& call, Outcome outcome) {
  if (call->settle(std::move(outcome)) && call->has_callback()) callbacks_.post(call);
}

}  // namespace provider_host::internal
