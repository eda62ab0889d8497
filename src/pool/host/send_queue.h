#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>

#include "pool/call/call_state.h"
#include "process/stream.h"

namespace provider_host::internal {

/// The frames that are not yet sent to a host, in order. Keeps the calls until they are sent. Not thread-safe.
class SendQueue {
 public:
  /// `start_frame` goes first.
  explicit SendQueue(std::string start_frame) : start_frame_(std::move(start_frame)) {}

  void add(CallPtr call) { unsent_.push_back(std::move(call)); }
  /// Whether everything is sent, to the last byte.
  [[nodiscard]] bool empty() const { return start_sent_ && unsent_.empty(); }
  /// Sends what the socket takes, many calls at a time. kDone: it is empty; kWouldBlock: call again when the socket is
  /// writable; anything else: the socket takes nothing any more.
  process::Transfer send(int fd);

 private:
  [[nodiscard]] std::size_t parts(std::span<std::string_view> parts) const;
  void drop(std::size_t count);

  std::string start_frame_;
  bool start_sent_ = false;
  std::deque<CallPtr> unsent_;  // the first may be sent in part
  std::size_t sent_ = 0;        // bytes of the first, or of the start message
};

}  // namespace provider_host::internal
