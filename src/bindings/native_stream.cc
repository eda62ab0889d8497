#include "bindings/native_stream.h"

#include <functional>
#include <stdexcept>
#include <utility>

#include "bindings/gil.h"
#include "bindings/python_values.h"

namespace provider_host::bindings {
namespace {

namespace py = pybind11;

[[noreturn]] void stop_iteration(const py::object& result) {
  const py::object end = checked(
      park_at_exit([&result] { return PyObject_CallFunctionObjArgs(PyExc_StopIteration, result.ptr(), nullptr); }));
  PyErr_SetObject(PyExc_StopIteration, end.ptr());
  throw py::error_already_set();
}

// With the GIL, on the thread of the callbacks.
void call_if_there(const std::weak_ptr<py::object>& function) {
  const auto held = function.lock();
  if (held == nullptr) return;
  checked(park_at_exit([&held] { return PyObject_CallFunctionObjArgs(held->ptr(), nullptr); }));
}

std::function<void()> on_readable(const LoopOfStream& loop, const std::shared_ptr<py::object>& wake,
                                  std::shared_ptr<CallbackExecutor> callbacks) {
  if (wake == nullptr) return [streams = loop.streams, number = loop.number] { streams->add(number); };
  return [streams = loop.streams, number = loop.number, wake = std::weak_ptr(wake), callbacks = std::move(callbacks)] {
    streams->add(number);
    callbacks->post([wake] { call_if_there(wake); });
  };
}

}  // namespace

// Refuses a second reader: another thread, or a signal handler that interrupts the first one.
class NativeStream::Reading {
 public:
  explicit Reading(NativeStream& stream) : stream_(stream) {
    if (std::exchange(stream.is_read_, true)) throw std::runtime_error("this stream is being read already");
  }
  ~Reading() { stream_.is_read_ = false; }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  NativeStream& stream_;
};

NativeStream::NativeStream(py::object pool, Call call, std::optional<LoopOfStream> loop)
    : pool_object_(std::move(pool)),
      pool_(py::cast<const NativePool&>(pool_object_)),
      wake_(loop && !loop->wake.is_none() ? std::make_shared<py::object>(loop->wake) : nullptr) {
  pool_.check_process();
  auto readable = loop ? on_readable(*loop, wake_, pool_.callbacks()) : nullptr;
  const WithoutGil free;
  stream_ = std::make_unique<Stream>(readable ? pool_.pool().stream(std::move(call), std::move(readable))
                                              : pool_.pool().stream(std::move(call)));
}

NativeStream::~NativeStream() {
  if (!pool_.is_here()) {  // as the pool, it was left behind in the parent
    static_cast<void>(stream_.release());
    return;
  }
  const WithoutGil free;
  stream_.reset();
}

py::object NativeStream::next() {
  const Reading reading(*this);
  std::optional<Item> item;
  if (!is_over_) item = stream_->try_next();  // what is there needs no other thread
  if (!is_over_ && !item) {
    const auto interrupted = pool_.interrupted();
    const WithoutGil free;
    item = stream_->next(interrupted);
  }
  if (PyErr_Occurred() != nullptr) {
    is_over_ = true;
    throw py::error_already_set();
  }
  if (item && !is_over_) return value_of(item->json());
  end();
}

py::object NativeStream::try_next(const py::object& nothing) {
  const Reading reading(*this);
  if (is_over_) end();
  if (const auto item = stream_->try_next()) return value_of(item->json());
  if (!stream_->ended()) return nothing;
  end();
}

void NativeStream::close() {
  is_over_ = true;
  if (!pool_.is_here()) return;
  const WithoutGil free;
  stream_->close();
}

void NativeStream::end() {
  if (std::exchange(is_over_, true)) stop_iteration(py::none());
  const Outcome& outcome = stream_->outcome();
  if (!outcome) raise(outcome.error());
  stop_iteration(value_of(outcome.json()));
}

}  // namespace provider_host::bindings
