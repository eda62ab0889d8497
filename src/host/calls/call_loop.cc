// One call:
//
//   wait_for_frame ──▶ RequestReader ──▶ Script::find ──▶ call_function ──▶ (settle) ──▶ ResponseWriter ──▶ send
//   recv, no GIL       JSON → objects                     user code         event loop   objects → JSON
//
// When what it returns is a stream, CallItems takes the items one by one, before the response.
#include "host/calls/call_loop.h"

#include <utility>

#include "host/calls/iterate.h"
#include "host/calls/send_response.h"
#include "host/channels.h"
#include "host/health/crash_recorder.h"
#include "host/platform/signals.h"
#include "host/python/awaitable.h"
#include "host/python/stream_kind.h"
#include "values/python_error.h"

namespace provider_host::host {

namespace py = pybind11;

namespace {

// How often background tasks on the event loop run while calls follow each other.
constexpr unsigned kCallsPerIteration = 8;
// More calls than this, received together, were sent ahead of their turn.
constexpr unsigned kPipelinedCalls = 2;

}  // namespace

void CallLoop::run() {
  modules_.function("lifecycle", "on_cancel")(
      cancel_signal(), py::cpp_function([this] { return cancellations_.has(running_) ? running_ : 0; }),
      py::cpp_function([this] { return running_ != 0 && cancellations_.take(running_); }),
      py::cpp_function([this] { return cancellations_.take_stacks() ? py::object(py::int_(running_)) : py::none(); }));
  while (true) {
    std::string_view frame = channel_.next_frame();
    if (frame.empty()) {
      if (!wait_for_frame()) return;
      continue;
    }
    ++calls_since_wait_;
    turn_event_loop_if_due();
    if (in_forked_child()) exit_forked_child(modules_, {});
    const bool may_begin = record_call_read();
    values::drop_late_interrupt();
    const Request request = reader_.read(frame);
    const auto began = Clock::now();
    if (may_begin && request.mode == Mode::kStream) {
      credits_.begin(request.id);
      serve(request);
      credits_.end(request.id);
    } else if (may_begin) {
      serve(request);
    } else {
      writer_.recalled(request.id);
    }
    if (!responses_.send(writer_, began)) return;
    if (may_begin) record_call_served(Clock::now() - began);
  }
}

// Calls that were received together follow each other without a wait in which the event loop could run.
void CallLoop::turn_event_loop_if_due() {
  if (!has_event_loop_ || ++calls_since_event_loop_ < kCallsPerIteration) return;
  calls_since_event_loop_ = 0;
  responses_.flush();
  try {
    modules_.function("event_loop", "turn")();
  } catch (py::error_already_set&) {  // a late interrupt
  }
}

// Waits for more bytes; false at the end of the channel. Calls that follow each other at once need no event loop to
// wait in. It still runs once in a while, for background tasks.
bool CallLoop::wait_for_frame() {
  const bool loop_is_due = has_event_loop_ && calls_since_event_loop_ + 1 >= kCallsPerIteration;
  // The pool sends many calls at a time, and needs the processor more than a host that spins until they come.
  const bool is_pipelined = std::exchange(calls_since_wait_, 0U) > kPipelinedCalls;
  auto received = loop_is_due || is_pipelined ? CallChannel::Received::kNothingYet
                                              : receive([this] { return channel_.receive_soon(); });
  if (received == CallChannel::Received::kNothingYet) {
    if (has_event_loop_ && !run_event_loop()) return true;
    received = receive([this] { return channel_.receive(); });
  }
  return received != CallChannel::Received::kEnd;
}

// Runs the loop until there are bytes; false when a late interrupt came instead.
bool CallLoop::run_event_loop() {
  calls_since_event_loop_ = 0;
  try {
    modules_.function("event_loop", "wait")(channel_.fd());
    return true;
  } catch (py::error_already_set&) {
    return false;
  }
}

template <typename Receive>
CallChannel::Received CallLoop::receive(Receive receive_bytes) {
  CallChannel::Received received{};
  {
    const py::gil_scoped_release release;
    received = receive_bytes();
  }
  values::drop_late_interrupt();
  return received;
}

// Writes one response, whatever happens.
void CallLoop::serve(const Request& request) {
  py::object error;
  set_current_call(request.id);
  running_ = request.id;
  request_ = &request;
  try {
    call(request);
  } catch (py::error_already_set& raised) {
    error = values::take_python_error(raised);
  } catch (const std::bad_alloc&) {
    error = make_memory_error();
  }
  running_ = 0;
  set_current_call(0);
  cancellations_.take(request.id);  // too late
  values::drop_late_interrupt();
  if (in_forked_child()) exit_forked_child(modules_, error);
  if (error && items_) {
    items_->fail(error, writer_);
  } else if (error) {
    writer_.exception(request.id, error);
  }
  items_.reset();
  flush_streams();
}

// Runs the request and writes its response. Throws error_already_set when user code raises.
void CallLoop::call(const Request& request) {
  if (cancellations_.take(request.id)) {
    writer_.error(request.id, make_error("python_exception", "the call was cancelled before it began"));
    return;
  }
  if (request.inspect) {
    writer_.result(request, script_.report());
    return;
  }
  if (!request.args_error.empty()) {
    writer_.error(request.id, make_error("protocol_error", "the arguments could not be read: " + request.args_error));
    return;
  }
  const Script::Found found = script_.find(request.function);
  if (found.error) {
    writer_.error(request.id, found.error);
    return;
  }
  if (request.mode == Mode::kStream && credits_.demand(request.id) == Demand::kStop) {
    writer_.error(request.id, make_error("python_exception", "the stream was closed before it began"));
    return;
  }
  py::object value = call_function(tracing_.traced(found.function, request.function, request.args), request.args);
  const bool was_awaited = is_awaitable(value);
  if (was_awaited) value = settle(std::move(value));
  if (!PyDict_CheckExact(value.ptr()) && !items_) value = iterated(std::move(value), was_awaited);
  if (in_forked_child()) return;
  if (items_) {
    items_->finish(value, writer_);
  } else {
    writer_.result(request, value);
  }
}

// The same as BootstrapModules::function(), while a call runs. What a module imports is not interrupted: Python cannot
// repeat an import of asyncio that has ended halfway.
py::object CallLoop::function(const char* module, const char* name) {
  if (modules_.loaded(module)) return modules_.function(module, name);
  const std::uint64_t id = std::exchange(running_, 0);
  py::object function = modules_.function(module, name);
  running_ = id;
  if (!cancellations_.take(id)) return function;
  PyErr_SetNone(PyExc_KeyboardInterrupt);
  throw py::error_already_set();
}

// Awaits it; when that gives an asynchronous stream, takes its items, too.
py::object CallLoop::settle(py::object value) {
  has_event_loop_ = true;
  calls_since_event_loop_ = 0;
  if (!iterate_async_) iterate_async_ = py::cpp_function([this](const py::object& stream) { return driver(stream); });
  return function("event_loop", "run")(std::move(value), iterate_async_);
}

// What a function has returned; or, when that is a stream, what it returned at its end, with its items taken.
py::object CallLoop::iterated(py::object value, bool was_awaited) {
  if (in_forked_child()) return value;
  switch (stream_kind(value, was_awaited)) {
    case StreamKind::kNone:
      return value;
    case StreamKind::kAsync:
      return settle(driver(value));
    case StreamKind::kSync:
      break;
  }
  items_.emplace(*request_, credits_);
  const auto demand = [this] { return items_->demand(); };
  return iterate(value, {.wait = [&] { return wait_for_demand(credits_, request_->id, demand); },
                         .take = [this](const py::object& item) { take_item(item); }});
}

// A coroutine that takes the items of an asynchronous stream.
py::object CallLoop::driver(const py::object& stream) {
  items_.emplace(*request_, credits_);
  const auto demand = [this] { return static_cast<int>(items_ ? items_->demand() : Demand::kStop); };
  if (!watch_) {
    watch_ = function("streams", "CreditWatch")(py::cpp_function([this] { return credits_.change_fd(); }),
                                                py::cpp_function([this] { credits_.forget_change(); }));
  }
  const py::cpp_function add([this, demand](const py::object& item) {
    take_item(item);
    return demand();
  });
  return function("streams", "iterate")(stream, add, py::cpp_function(demand), watch_);
}

// Sends what is due before the code that makes the items goes on.
void CallLoop::take_item(const py::object& item) {
  if (in_forked_child()) exit_forked_child(modules_, {});
  if (!items_) return;
  items_->add(item, writer_);
  if (!writer_.frame().empty() && !responses_.send_at_once(writer_)) items_->abandon();
}

}  // namespace provider_host::host
