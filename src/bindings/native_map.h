#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "bindings/call_window.h"
#include "bindings/native_pool.h"
#include "bindings/prompt_calls.h"
#include "bindings/read_ahead.h"

namespace provider_host::bindings {

/// What a map yields for each call.
enum class MapYield : std::uint8_t {
  kResults,           ///< Its result; the exception of a failed call is raised.
  kResultsAndErrors,  ///< Its result or its exception.
  kOutcomes,          ///< What `outcome_tuple` makes of it.
};

/// The calls and results of one Pool.map, in blocks: arguments and results are converted on the consumer's thread, and
/// between the two nothing needs the GIL. All members need the GIL, and all but `cancel` one thread at a time.
class NativeMap {
 public:
  /// `at_a_time`: how many calls the hosts run at a time. `in_flight`: how many may be queued or running. `most`: how
  /// many may be when they take microseconds (ReadAhead).
  NativeMap(pybind11::object pool, PromptCalls calls, std::size_t at_a_time, std::size_t in_flight, std::size_t most,
            MapYield yield);
  /// `cancel()`.
  ~NativeMap();
  NativeMap(const NativeMap&) = delete;
  NativeMap& operator=(const NativeMap&) = delete;

  /// The next results in order, at least one; none at the end. First takes as many prompts as there is room for; all
  /// results that were returned before count as taken. Raises what the source raises, for
  /// `kResults` the exception of a failed call, and on the main thread what a signal handler raises.
  pybind11::list take(const PromptSource& source);

  /// Cancels the calls that are queued or running. Does nothing in a forked child, where there are none.
  void cancel();

 private:
  void add_calls(const PromptSource& source);
  void submit();
  Call make_call(const pybind11::handle& prompt, const PromptSource& source) const;
  void wait_for_outcomes();
  pybind11::object yielded(const Outcome& outcome) const;

  const pybind11::object pool_object_;
  NativePool& pool_;
  const PromptCalls calls_;
  const MapYield yield_;
  ReadAhead read_ahead_;
  const std::shared_ptr<CallWindow> window_;
  bool is_exhausted_ = false;      // the source
  std::vector<Outcome> outcomes_;  // that were taken and are to be converted, from next_ on
  std::size_t next_ = 0;
};

}  // namespace provider_host::bindings
