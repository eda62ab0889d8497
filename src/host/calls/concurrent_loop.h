#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/byte_buffer.h"
#include "host/calls/call_channel.h"
#include "host/calls/call_items.h"
#include "host/calls/cancellations.h"
#include "host/calls/request.h"
#include "host/calls/response_writer.h"
#include "host/calls/stream_credits.h"
#include "host/calls/thread_calls.h"
#include "host/python/bootstrap_modules.h"
#include "host/python/script.h"
#include "host/python/tracing.h"
#include "host/start_message.h"

namespace provider_host::host {

/// Serves several calls at a time: an event loop on Python's main thread reads them; coroutine functions become tasks
/// on that loop, other functions run in threads; what streams is iterated there, too. Responses are sent in the order
/// in which the calls finish. Scheduling is in python/concurrent_calls.py; this class receives and responds. All
/// members need the GIL.
class ConcurrentLoop {
 public:
  ConcurrentLoop(CallChannel& channel, BootstrapModules& modules, Script& script, const StartMessage& start,
                 Cancellations& cancellations, StreamCredits& credits, const Tracing& tracing)
      : channel_(channel),
        modules_(modules),
        script_(script),
        start_(start),
        cancellations_(cancellations),
        credits_(credits),
        tracing_(tracing) {}

  /// Serves until the pool has ended the channel and every call is settled. Main thread.
  void run();

 private:
  struct Running {
    Request request;
    std::unique_ptr<CallItems> items;  // once it streams
  };

  pybind11::object receive();
  pybind11::object begin(Request request);
  void settle(std::uint64_t id, const pybind11::object& value, const pybind11::object& raised, ResponseWriter& writer);
  void settle_now(std::uint64_t id, const pybind11::object& value, const pybind11::object& raised);
  void settle_soon(std::uint64_t id, const pybind11::object& value, const pybind11::object& raised);
  template <void (ConcurrentLoop::*settle)(std::uint64_t, const pybind11::object&, const pybind11::object&)>
  static PyObject* settle_entry(PyObject* self, PyObject* const* args, Py_ssize_t count);
  static PyObject* add_entry(PyObject* self, PyObject* const* args, Py_ssize_t count);
  void begin_items(std::uint64_t id);
  [[nodiscard]] Demand demand(std::uint64_t id) const;
  void take_item(std::uint64_t id, const pybind11::object& item);
  Demand add_on_loop(std::uint64_t id, const pybind11::object& item);
  pybind11::object iterate_in_thread(std::uint64_t id, const pybind11::object& stream);
  void flush();
  void send(const ByteBuffer& bytes);
  std::unique_ptr<ResponseWriter> take_writer();
  void keep_writer(std::unique_ptr<ResponseWriter> writer);

  CallChannel& channel_;
  BootstrapModules& modules_;
  Script& script_;
  const StartMessage& start_;
  Cancellations& cancellations_;
  StreamCredits& credits_;
  const Tracing& tracing_;
  RequestReader reader_;
  ThreadCalls thread_calls_;

  // Guarded by the GIL.
  std::unordered_map<std::uint64_t, Running> running_;
  std::vector<std::unique_ptr<ResponseWriter>> idle_writers_;
  ByteBuffer batch_;  // whole frames that wait for flush(); the loop's thread only

  std::mutex sending_;  // guards the sending side of channel_; nobody waits for it with the GIL
};

}  // namespace provider_host::host
