#pragma once

#include <pybind11/pybind11.h>

#include <chrono>
#include <cstddef>

#include "host/calls/request.h"
#include "host/calls/response_writer.h"
#include "host/calls/stream_credits.h"
#include "wire/stream_join.h"

namespace provider_host::host {

/// The items of one call whose function streams: makes messages of them, or joins them, and says whether more are
/// wanted. After the last one it writes the response. Needs the GIL; a call's items come one after the other.
class CallItems {
 public:
  /// Both outlive this.
  CallItems(const Request& request, StreamCredits& credits);

  /// Whether to ask for an item.
  [[nodiscard]] Demand demand() const;

  /// Takes the next item. `writer` then has the message that is due, or none.
  void add(const pybind11::object& item, ResponseWriter& writer);

  /// The channel takes no more messages.
  void abandon() { is_abandoned_ = true; }

  /// Writes the response. The generator has returned `value`, or was closed because no more was wanted.
  void finish(const pybind11::object& value, ResponseWriter& writer) const;
  /// The same for what it raised, or its closing. Without memory for what has come, the error has no `partial`.
  void fail(const pybind11::object& raised, ResponseWriter& writer);

 private:
  using Clock = std::chrono::steady_clock;

  void join(ResponseWriter& writer);
  void refuse(pybind11::dict error);

  const Request& request_;
  StreamCredits& credits_;
  wire::StreamJoin join_;
  std::size_t count_ = 0;
  Clock::time_point progress_due_{};
  pybind11::object error_;  // why an item is refused, and all after it
  bool is_abandoned_ = false;
};

}  // namespace provider_host::host
