#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "bindings/completions.h"
#include "bindings/native_pool.h"

namespace provider_host::bindings {

/// The calls that one event loop awaits: submitted many at a time, their futures settled many at a time. All members
/// need the GIL, and the loop's thread. A signal handler may raise wherever Python code runs there: what `settle` has
/// not done then, it does when it is called again, for which the descriptor becomes readable.
class LoopCalls {
 public:
  LoopCalls() = default;

  /// Becomes readable when `settle` has something to do.
  [[nodiscard]] int fileno() const { return completions_->fileno(); }

  /// Makes a call; returns its future, a new one of `loop`. The call is submitted at once when the hosts, which run
  /// `at_a_time` calls at a time, have too few, or when there are many to submit; else by the next `settle`.
  pybind11::object call(const pybind11::handle& loop, const pybind11::object& pool, std::size_t at_a_time, Api api,
                        const pybind11::handle& function, const pybind11::tuple& args, const CallLimits& limits);
  /// Cancels the call of a future, also one that is not submitted yet. The future stays as it is, until the call has
  /// ended. Does nothing when it has.
  void cancel(const pybind11::handle& future);
  /// Submits the calls that are not, and settles the futures of those that have ended.
  void settle();

  /// For Python's garbage collection.
  int traverse(visitproc visit, void* arg) const;
  void clear();

 private:
  struct Unsettled {
    pybind11::object future;
    std::optional<Pending> pending;  // once it is submitted
    bool is_cancelled = false;
  };

  void submit();
  void refuse(const std::vector<std::uint64_t>& tags, const pybind11::object& error);
  void settle_next();

  const std::shared_ptr<Completions> completions_ = std::make_shared<Completions>();
  pybind11::object pool_;          // of the calls in added_
  std::vector<TaggedCall> added_;  // and not submitted
  // The tag of a call is the address of its future. As the future is kept here until the call has ended, no other has
  // that address.
  std::unordered_map<std::uint64_t, Unsettled> unsettled_;
  std::deque<TaggedOutcome> ended_;  // taken from completions_, and not settled
};

}  // namespace provider_host::bindings
