#pragma once

#include <pybind11/pybind11.h>

#include <functional>

#include "host/calls/stream_credits.h"

namespace provider_host::host {

/// Who takes the items of a stream. Both may throw pybind11::error_already_set.
struct ItemTaker {
  /// Waits until it is known whether another item is wanted: kMore or kStop.
  std::function<Demand()> wait;
  /// Takes an item.
  std::function<void(const pybind11::object& item)> take;
};

/// Asks a StreamKind::kSync for its items one by one, until its end or until no more are wanted. Closes it unless it
/// came to its end. Returns what the generator returned, else None. Throws pybind11::error_already_set with what it or
/// its closing raises. In a forked child it returns at once (in_forked_child()). Needs the GIL.
pybind11::object iterate(const pybind11::object& stream, const ItemTaker& taker);

/// Waits, without the GIL, until `demand` of that stream is not kWait. Throws pybind11::error_already_set when the
/// calling thread is interrupted.
Demand wait_for_demand(StreamCredits& credits, std::uint64_t id, const std::function<Demand()>& demand);

}  // namespace provider_host::host
