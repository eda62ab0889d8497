#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "bindings/completions.h"
#include "bindings/native_pool.h"

namespace provider_host::bindings {

/// The calls that one event loop awaits: submitted in blocks, their results fetched many at a time. Holds no object of
/// the user's, and the pool only from `add` to `submit`. All members need the GIL, and one thread at a time.
class LoopCalls {
 public:
  LoopCalls() = default;

  /// Becomes readable when there are settled calls.
  [[nodiscard]] int fileno() const { return completions_->fileno(); }

  /// Adds a call, which the caller knows by its number. Throws in a child that was forked from the pool's process.
  void add(std::uint64_t number, const pybind11::object& pool, Api api, const pybind11::handle& function,
           const pybind11::tuple& args, const CallLimits& limits);
  /// Submits the calls that were added. Never waits. When it throws, none of those that were left was submitted.
  void submit();
  [[nodiscard]] bool has_added() const { return !added_.empty(); }
  /// Cancels a call, also one that is not submitted yet. Does nothing when it has settled.
  void cancel(std::uint64_t number);
  /// Extends the deque `settled` with (number, result, exception) of each settled call; one of the two is None.
  void take(const pybind11::handle& settled);

 private:
  const std::shared_ptr<Completions> completions_ = std::make_shared<Completions>();
  pybind11::object pool_;          // of the calls in added_
  std::vector<TaggedCall> added_;  // and not submitted
  std::unordered_map<std::uint64_t, Pending> pending_;
};

}  // namespace provider_host::bindings
