#pragma once

#include "host/answer.h"
#include "host/call_channel.h"
#include "host/request.h"
#include "host/script.h"
#include "host/support.h"

namespace provider_host::host {

/// Serves one call after the other on Python's main thread: the thread itself reads, calls, writes. Awaitables are
/// settled on one event loop, which also turns while the host waits for the next call. Needs the GIL, which it releases
/// while it waits.
class CallLoop {
 public:
  CallLoop(CallChannel& channel, Support& support, Script& script, AnswerWriter& writer)
      : channel_(channel), support_(support), script_(script), writer_(writer) {}

  /// Serves until the pool ends the channel. Throws ProtocolViolation.
  void run();

 private:
  bool wait_for_frame();
  bool turn_event_loop();
  template <typename Receive>
  CallChannel::Received receive(Receive receive_bytes);
  void serve(const Request& request);
  void call(const Request& request);
  pybind11::object settle(pybind11::object value);
  void send();

  CallChannel& channel_;
  Support& support_;
  Script& script_;
  AnswerWriter& writer_;
  RequestReader reader_;
  bool has_event_loop_ = false;
  unsigned calls_since_turn_ = 0;
};

}  // namespace provider_host::host
