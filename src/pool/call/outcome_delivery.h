#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "pool/call/call_list.h"
#include "provider_host/outcome_sink.h"

namespace provider_host::internal {

/// Calls that have settled, in the order of settling, whose callbacks and sinks have not been told yet; and streams
/// that have an item for their callback.
using SettledCalls = CallList<&CallState::next>;

/// Hands the outcomes of settled calls to those whom they are for. Not thread-safe.
class OutcomeDelivery {
 public:
  /// Is told what a callback or a sink has thrown. Must not throw.
  using Report = std::function<void(std::string_view what)>;

  /// How many outcomes a sink gets at once, at most.
  static constexpr std::size_t kMaxRun = 256;

  /// Removes the first call and runs its callback; or the first calls that have the same sink, which gets their
  /// outcomes at once; or gives a stream's callback its next item, and adds it again at the end if it has more. There
  /// must be a call. Returns how many are done. `calls` may grow meanwhile.
  std::size_t deliver_first(SettledCalls& calls, const Report& report) noexcept;

 private:
  std::size_t deliver_next_item(SettledCalls& calls, const Report& report) noexcept;
  std::size_t take_run(SettledCalls& calls, const OutcomeSink& sink) noexcept;

  std::vector<TaggedOutcome> outcomes_;  // empty between two deliveries
};

}  // namespace provider_host::internal
