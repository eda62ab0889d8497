#pragma once

#include <optional>

#include "host/calls/call_channel.h"
#include "host/calls/call_items.h"
#include "host/calls/cancellations.h"
#include "host/calls/request.h"
#include "host/calls/response_sender.h"
#include "host/calls/response_writer.h"
#include "host/calls/stream_credits.h"
#include "host/python/bootstrap_modules.h"
#include "host/python/script.h"
#include "host/python/tracing.h"

namespace provider_host::host {

/// Serves one call after the other on Python's main thread: the thread itself reads, calls, writes. Awaitables are
/// settled on one event loop, which also runs while the host waits for the next call. Streams are iterated on that
/// thread or loop. Needs the GIL, which it releases while it waits.
class CallLoop {
 public:
  CallLoop(CallChannel& channel, wire::ResponseRing& ring, BootstrapModules& modules, Script& script,
           ResponseWriter& writer, Cancellations& cancellations, StreamCredits& credits, const Tracing& tracing)
      : channel_(channel),
        responses_(channel, ring),
        modules_(modules),
        script_(script),
        writer_(writer),
        cancellations_(cancellations),
        credits_(credits),
        tracing_(tracing) {}

  /// Something runs on the event loop already: it has its turns from the first wait on.
  void expect_event_loop() { has_event_loop_ = true; }

  /// Serves until the pool ends the channel. Throws ProtocolViolation.
  void run();

 private:
  using Clock = ResponseSender::Clock;

  bool wait_for_frame();
  bool run_event_loop();
  void turn_event_loop_if_due();
  template <typename Receive>
  CallChannel::Received receive(Receive receive_bytes);
  void serve(const Request& request);
  void call(const Request& request);
  pybind11::object function(const char* module, const char* name);
  pybind11::object settle(pybind11::object value);
  pybind11::object iterated(pybind11::object value, bool was_awaited);
  pybind11::object driver(const pybind11::object& stream);
  void take_item(const pybind11::object& item);

  CallChannel& channel_;
  ResponseSender responses_;
  BootstrapModules& modules_;
  Script& script_;
  ResponseWriter& writer_;
  Cancellations& cancellations_;
  StreamCredits& credits_;
  const Tracing& tracing_;
  RequestReader reader_;
  const Request* request_ = nullptr;  // of the call that runs
  std::optional<CallItems> items_;    // of that call, once it streams
  pybind11::object iterate_async_;
  pybind11::object watch_;
  std::uint64_t running_ = 0;  // the call whose code may be interrupted; 0: none
  bool has_event_loop_ = false;
  unsigned calls_since_event_loop_ = 0;
  unsigned calls_since_wait_ = 0;
};

}  // namespace provider_host::host
