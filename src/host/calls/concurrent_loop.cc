#include "host/calls/concurrent_loop.h"

#include <pybind11/stl.h>

#include <utility>

#include "host/calls/iterate.h"
#include "host/calls/send_response.h"
#include "host/channels.h"
#include "host/health/crash_recorder.h"
#include "host/platform/signals.h"
#include "host/protocol_violation.h"
#include "values/python_error.h"

namespace provider_host::host {

namespace py = pybind11;

namespace {

constexpr std::size_t kLargeResponse = std::size_t{16} << 10;
// Worth a system call, and small enough that the pool handles it while the host continues.
constexpr std::size_t kLargeBatch = 1536;

py::object call_tuple(std::uint64_t id, const py::object& function, const py::object& args) {
  const auto number = py::reinterpret_steal<py::object>(PyLong_FromUnsignedLongLong(id));
  PyObject* const tuple = number ? PyTuple_Pack(3, number.ptr(), function.ptr(), args.ptr()) : nullptr;
  if (tuple == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(tuple);
}

// Runs `entry(loop, id)` as a function of Python's: what it throws is raised there.
template <typename Entry>
PyObject* run_entry(PyObject* self, PyObject* number, Entry entry) {
  const std::uint64_t id = PyLong_AsUnsignedLongLong(number);
  if (PyErr_Occurred() != nullptr) return nullptr;
  try {
    return entry(*static_cast<ConcurrentLoop*>(PyCapsule_GetPointer(self, nullptr)), id);
  } catch (py::error_already_set& error) {
    error.restore();
    return nullptr;
  } catch (const std::bad_alloc&) {
    return PyErr_NoMemory();
  }
}

}  // namespace

// What Python calls for every response. pybind11's own dispatch would take as long as writing a small one.
template <void (ConcurrentLoop::*settle)(std::uint64_t, const py::object&, const py::object&)>
PyObject* ConcurrentLoop::settle_entry(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  if (count != 3) return PyErr_Format(PyExc_TypeError, "expected id, value and exception");
  return run_entry(self, args[0], [args](ConcurrentLoop& loop, std::uint64_t id) {
    const auto value = py::reinterpret_borrow<py::object>(args[1]);
    const auto raised = args[2] == Py_None ? py::object() : py::reinterpret_borrow<py::object>(args[2]);
    (loop.*settle)(id, value, raised);
    return py::none().release().ptr();
  });
}

// What Python calls for every item of an asynchronous stream.
PyObject* ConcurrentLoop::add_entry(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  if (count != 2) return PyErr_Format(PyExc_TypeError, "expected id and item");
  return run_entry(self, args[0], [args](ConcurrentLoop& loop, std::uint64_t id) {
    return PyLong_FromLong(static_cast<long>(loop.add_on_loop(id, py::reinterpret_borrow<py::object>(args[1]))));
  });
}

void ConcurrentLoop::run() {
  const auto entry = [](auto function) {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
  };
  static PyMethodDef now{"settle_now", entry(settle_entry<&ConcurrentLoop::settle_now>), METH_FASTCALL, nullptr};
  static PyMethodDef soon{"settle_soon", entry(settle_entry<&ConcurrentLoop::settle_soon>), METH_FASTCALL, nullptr};
  static PyMethodDef add{"add_item", entry(add_entry), METH_FASTCALL, nullptr};
  const py::capsule self(this);
  const auto method = [&self](PyMethodDef& definition) {
    return py::reinterpret_steal<py::object>(PyCFunction_New(&definition, self.ptr()));
  };
  // CallEntries of python/bootstrap.pyi.
  const py::object entries = py::module_::import("types").attr("SimpleNamespace")();
  entries.attr("receive") = py::cpp_function([this] { return receive(); });
  entries.attr("settle_now") = method(now);
  entries.attr("settle_soon") = method(soon);
  entries.attr("add_item") = method(add);
  entries.attr("begin_items") = py::cpp_function([this](std::uint64_t id) { begin_items(id); });
  entries.attr("demand") = py::cpp_function([this](std::uint64_t id) { return static_cast<int>(demand(id)); });
  entries.attr("iterate") =
      py::cpp_function([this](std::uint64_t id, const py::object& stream) { return iterate_in_thread(id, stream); });
  entries.attr("change_fd") = py::cpp_function([this] { return credits_.change_fd(); });
  entries.attr("forget_change") = py::cpp_function([this] { credits_.forget_change(); });
  entries.attr("flush") = py::cpp_function([this] { flush(); });
  entries.attr("requested_cancels") = py::cpp_function([this] {
    py::list ids;
    for (const std::uint64_t id : cancellations_.requested()) ids.append(id);
    return ids;
  });
  entries.attr("take_cancel") = py::cpp_function([this](std::uint64_t id) { return cancellations_.take(id); });
  entries.attr("begin_code") = py::cpp_function([this](std::uint64_t id) { thread_calls_.begin(id); });
  entries.attr("end_code") = py::cpp_function([this](std::uint64_t id) { thread_calls_.end(id); });
  entries.attr("interrupt_code") = py::cpp_function([this](std::uint64_t id) {
    const bool interrupted = thread_calls_.interrupt(id);
    if (interrupted) credits_.wake();  // its thread may wait for credit
    return interrupted;
  });
  entries.attr("take_stacks") = py::cpp_function([this] { return cancellations_.take_stacks(); });
  entries.attr("threads") = py::cpp_function([this] { return py::cast(thread_calls_.threads()); });
  const auto take_work = [](const py::object& queue, bool block) {
    py::object work = queue.attr("get")(block);
    values::drop_late_interrupt();
    return work;
  };
  entries.attr("take_work") = py::cpp_function(take_work, py::arg("queue"), py::arg("block") = true);
  entries.attr("call_context") = call_context_variable();
  modules_.function("concurrent_calls", "serve")(channel_.fd(), start_.concurrency, cancel_signal(), entries);
}

// What has arrived, as a list of (id, function, args); None at the end of the channel.
py::object ConcurrentLoop::receive() {
  try {
    if (channel_.receive(false) == CallChannel::Received::kEnd) return py::none();
    py::list calls;
    for (auto frame = channel_.next_frame(); !frame.empty(); frame = channel_.next_frame()) {
      static_cast<void>(record_call_read());  // none is taken back
      const py::object call = begin(reader_.read(frame));
      if (call) calls.append(call);
    }
    return calls;
  } catch (const ProtocolViolation& violation) {
    exit_with(violation);
  } catch (const std::bad_alloc&) {
    exit_with(ProtocolViolation("not enough memory for a message from the pool"));
  }
}

// The call as Python sees it; null when it is settled already.
py::object ConcurrentLoop::begin(Request request) {
  const std::uint64_t id = request.id;
  if (running_.contains(id)) throw ProtocolViolation("id " + std::to_string(id) + " came twice");
  Request& kept = running_.emplace(id, Running{std::move(request), nullptr}).first->second.request;
  if (kept.mode == Mode::kStream) credits_.begin(id);
  py::object error;
  try {
    if (kept.inspect) {
      settle_soon(id, script_.report(), {});
      return {};
    }
    if (cancellations_.take(id)) {
      error = make_error("python_exception", "the call was cancelled before it began");
    } else if (kept.mode == Mode::kStream && credits_.demand(id) == Demand::kStop) {
      error = make_error("python_exception", "the stream was closed before it began");
    } else if (kept.args_error.empty()) {
      const Script::Found found = script_.find(kept.function);
      if (found.function) {
        const py::object function = tracing_.traced(found.function, kept.function, kept.args);
        return call_tuple(id, function, std::exchange(kept.args, py::object()));
      }
      error = found.error;
    } else {
      error = make_error("protocol_error", "the arguments could not be read: " + kept.args_error);
    }
  } catch (py::error_already_set& raised) {
    settle_soon(id, {}, values::take_python_error(raised));
    return {};
  }
  auto writer = take_writer();
  writer->error(id, error);
  running_.erase(id);
  credits_.end(id);
  CallChannel::fill_header(writer->frame());
  batch_.append(writer->frame().view());
  keep_writer(std::move(writer));
  return {};
}

// Writes the response to a call that returned `value` or raised `raised`; nothing when it is settled already.
void ConcurrentLoop::settle(std::uint64_t id, const py::object& value, const py::object& raised,
                            ResponseWriter& writer) {
  if (in_forked_child()) exit_forked_child(modules_, raised);
  writer.frame().clear();
  auto entry = running_.extract(id);
  if (!entry) return;
  cancellations_.take(id);  // too late
  Running& call = entry.mapped();
  py::object error = raised;
  try {
    if (!error && call.items) {
      call.items->finish(value, writer);
    } else if (!error) {
      writer.result(call.request, value);
    }
  } catch (py::error_already_set& failure) {
    error = values::take_python_error(failure);
  } catch (const std::bad_alloc&) {
    error = make_memory_error();
  }
  if (error && call.items) {
    call.items->fail(error, writer);
  } else if (error) {
    writer.exception(id, error);
  }
  if (call.request.mode == Mode::kStream) credits_.end(id);
  CallChannel::fill_header(writer.frame());
}

// Any Python thread.
void ConcurrentLoop::settle_now(std::uint64_t id, const py::object& value, const py::object& raised) {
  auto writer = take_writer();
  settle(id, value, raised, *writer);
  if (!writer->frame().empty()) {
    flush_streams();
    send(writer->frame());
  }
  keep_writer(std::move(writer));
}

// The loop's thread. A large response is sent at once, after what is waiting.
void ConcurrentLoop::settle_soon(std::uint64_t id, const py::object& value, const py::object& raised) {
  auto writer = take_writer();
  settle(id, value, raised, *writer);
  if (writer->frame().size() < kLargeResponse) {
    batch_.append(writer->frame().view());
  } else {
    flush();
    send(writer->frame());
  }
  keep_writer(std::move(writer));
  if (batch_.size() > kLargeBatch) flush();
}

// What the call's function has returned is a stream.
void ConcurrentLoop::begin_items(std::uint64_t id) {
  if (const auto call = running_.find(id); call != running_.end()) {
    call->second.items = std::make_unique<CallItems>(call->second.request, credits_);
  }
}

// Of a call that is settled already no more is wanted.
Demand ConcurrentLoop::demand(std::uint64_t id) const {
  const auto call = running_.find(id);
  return call == running_.end() || !call->second.items ? Demand::kStop : call->second.items->demand();
}

// Items are sent before the code that makes them goes on, which may end the process.
void ConcurrentLoop::take_item(std::uint64_t id, const py::object& item) {
  if (in_forked_child()) exit_forked_child(modules_, {});
  auto writer = take_writer();
  writer->nothing();
  const auto call = running_.find(id);
  if (call != running_.end() && call->second.items) call->second.items->add(item, *writer);
  if (!writer->frame().empty()) {
    CallChannel::fill_header(writer->frame());
    send(writer->frame());
  }
  keep_writer(std::move(writer));
}

// The loop's thread. Other calls' responses that wait go first.
Demand ConcurrentLoop::add_on_loop(std::uint64_t id, const py::object& item) {
  if (!batch_.empty()) flush();
  take_item(id, item);
  return demand(id);
}

// The thread that runs the call.
py::object ConcurrentLoop::iterate_in_thread(std::uint64_t id, const py::object& stream) {
  begin_items(id);
  return iterate(stream, {.wait = [&] { return wait_for_demand(credits_, id, [&] { return demand(id); }); },
                          .take = [&](const py::object& item) { take_item(id, item); }});
}

void ConcurrentLoop::flush() {
  flush_streams();
  if (!batch_.empty()) send(batch_);
  batch_.clear();
}

void ConcurrentLoop::send(const ByteBuffer& bytes) {
  std::size_t sent = 0;
  if (std::unique_lock free(sending_, std::try_to_lock); free) {
    sent = channel_.start_sending(bytes.view());
    if (sent == bytes.size()) return;
    // No other frame may be sent between the two parts.
    const py::gil_scoped_release release;
    channel_.finish_sending(bytes.view(), sent);
    return;
  }
  const py::gil_scoped_release release;
  const std::lock_guard lock(sending_);
  channel_.finish_sending(bytes.view(), sent);
}

std::unique_ptr<ResponseWriter> ConcurrentLoop::take_writer() {
  if (idle_writers_.empty()) return std::make_unique<ResponseWriter>(start_, modules_);
  auto writer = std::move(idle_writers_.back());
  idle_writers_.pop_back();
  return writer;
}

void ConcurrentLoop::keep_writer(std::unique_ptr<ResponseWriter> writer) {
  writer->release();
  idle_writers_.push_back(std::move(writer));
}

}  // namespace provider_host::host
