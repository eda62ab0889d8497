#include "host/concurrent_loop.h"

#include <utility>

#include "host/channels.h"
#include "host/delivery.h"
#include "host/protocol_violation.h"
#include "host/python_error.h"

namespace provider_host::host {

namespace py = pybind11;

void ConcurrentLoop::run() {
  const py::cpp_function receive_calls([this] { return receive(); });
  const py::cpp_function answer([this](std::uint64_t id, const py::object& value) { settle(id, value, py::object()); });
  const py::cpp_function fail([this](std::uint64_t id, const py::object& raised) { settle(id, py::object(), raised); });
  support_.function("_host_concurrent", "serve")(channel_.fd(), start_.concurrency, receive_calls, answer, fail);
}

// What has arrived, as a list of (id, function, args); None at the end of the channel.
py::object ConcurrentLoop::receive() {
  try {
    if (channel_.receive(false) == CallChannel::Received::kEnd) return py::none();
    py::list calls;
    for (auto frame = channel_.next_frame(); !frame.empty(); frame = channel_.next_frame()) {
      const py::object call = begin(reader_.read(frame));
      if (call) calls.append(call);
    }
    return calls;
  } catch (const ProtocolViolation& violation) {
    exit_for(violation);
  } catch (const std::bad_alloc&) {
    exit_for(ProtocolViolation("not enough memory for a message from the pool"));
  }
}

// The call as Python sees it; null when it is answered already.
py::object ConcurrentLoop::begin(Request request) {
  const std::uint64_t id = request.id;
  if (running_.contains(id)) throw ProtocolViolation("id " + std::to_string(id) + " came twice");
  const Request& kept = running_.emplace(id, std::move(request)).first->second;
  py::object value;
  py::object raised;
  try {
    if (kept.inspect) {
      value = script_.report();
    } else if (kept.fault.empty()) {
      const Script::Found found = script_.find(kept.function);
      if (found.function) return py::make_tuple(id, found.function, kept.args);
      value = found.error;
    }
  } catch (py::error_already_set& error) {
    raised = take_python_error(error);
  }
  if (raised || kept.inspect) {
    settle(id, value, raised);
    return {};
  }
  auto writer = take_writer();
  writer->error(id, value ? value : make_error("protocol_error", "the arguments could not be read: " + kept.fault));
  running_.erase(id);
  send(*writer);
  idle_writers_.push_back(std::move(writer));
  return {};
}

// Answers a call that returned `value` or raised `raised`; nothing happens when it was answered before. Any Python
// thread.
void ConcurrentLoop::settle(std::uint64_t id, const py::object& value, const py::object& raised) {
  if (in_forked_child()) leave_fork(support_, raised);
  auto entry = running_.extract(id);
  if (!entry) return;
  auto writer = take_writer();
  py::object error = raised;
  try {
    if (!error) writer->result(entry.mapped(), value);
  } catch (py::error_already_set& failure) {
    error = take_python_error(failure);
  }
  if (error) writer->exception(id, error);
  flush_streams();
  send(*writer);
  idle_writers_.push_back(std::move(writer));
}

void ConcurrentLoop::send(AnswerWriter& writer) {
  {
    const py::gil_scoped_release release;
    const std::lock_guard lock(sending_);
    channel_.finish_sending(writer.frame(), channel_.start_sending(writer.frame()));
  }
  writer.release();
}

std::unique_ptr<AnswerWriter> ConcurrentLoop::take_writer() {
  if (idle_writers_.empty()) return std::make_unique<AnswerWriter>(start_, support_);
  auto writer = std::move(idle_writers_.back());
  idle_writers_.pop_back();
  return writer;
}

}  // namespace provider_host::host
