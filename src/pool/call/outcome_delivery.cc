#include "pool/call/outcome_delivery.h"

#include <exception>
#include <memory>
#include <new>
#include <utility>

#include "pool/stream/request_credit.h"

namespace provider_host::internal {
namespace {

template <typename Action>
void run(const OutcomeDelivery::Report& report, Action action) noexcept {
  try {
    action();
  } catch (const std::exception& error) {
    report(error.what());
  } catch (...) {
    report("something that is no std::exception");
  }
}

}  // namespace

// Of a stream one item, so that it cannot keep the others waiting.
std::size_t OutcomeDelivery::deliver_next_item(SettledCalls& calls, const Report& report) noexcept {
  CallPtr call = calls.pop_front();
  run(report, [&] { call->deliver_next(); });
  request_due_credit(call);
  if (!call->has_more_to_deliver()) return 1;
  calls.push_back(std::move(call));
  return 0;
}

std::size_t OutcomeDelivery::deliver_first(SettledCalls& calls, const Report& report) noexcept {
  if (calls.front()->items != nullptr) return deliver_next_item(calls, report);
  const std::shared_ptr<OutcomeSink> sink = calls.front()->sink();
  if (sink == nullptr) {
    const CallPtr call = calls.pop_front();
    run(report, [&] { call->run_callback(); });
    return 1;
  }
  const std::size_t count = take_run(calls, *sink);
  if (count > 0) {
    run(report, [&] { sink->on_settled(outcomes_); });
    outcomes_.clear();
    return count;
  }
  TaggedOutcome outcome = calls.pop_front()->take_for_sink();
  run(report, [&] { sink->on_settled({&outcome, 1}); });
  return 1;
}

// Fewer when there is no memory for more.
std::size_t OutcomeDelivery::take_run(SettledCalls& calls, const OutcomeSink& sink) noexcept {
  while (outcomes_.size() < kMaxRun && !calls.empty() && calls.front()->has_sink(sink)) {
    try {
      outcomes_.emplace_back();
    } catch (const std::bad_alloc&) {
      break;
    }
    outcomes_.back() = calls.pop_front()->take_for_sink();
  }
  return outcomes_.size();
}

}  // namespace provider_host::internal
