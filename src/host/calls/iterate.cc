#include "host/calls/iterate.h"

#include <chrono>

#include "host/channels.h"
#include "values/python_error.h"
#include "values/python_type.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;

// Iterators in C run no bytecode, between which Python would do this.
constexpr unsigned kItemsPerTurn = 256;
// A signal may come just before a wait. Nothing else ends that then.
constexpr std::chrono::milliseconds kLongestWait{50};

py::object iterator_of(const py::object& stream) {
  if (Py_TYPE(stream.ptr())->tp_iter == nullptr) return stream;
  auto iterator = py::reinterpret_steal<py::object>(PyObject_GetIter(stream.ptr()));
  if (!iterator) throw py::error_already_set();
  return iterator;
}

// The next item; null at the end, and `returned` is set.
py::object next_item(const py::object& iterator, py::object& returned) {
  values::expect_no_python_error();
  auto item = py::reinterpret_steal<py::object>(Py_TYPE(iterator.ptr())->tp_iternext(iterator.ptr()));
  if (item || PyErr_Occurred() == nullptr) return item;
  if (PyErr_ExceptionMatches(PyExc_StopIteration) == 0) throw py::error_already_set();
  returned = values::take_python_error().attr("value");
  return {};
}

void close_if_it_can(const py::object& stream) {
  if (PyGen_CheckExact(stream.ptr()) || values::has_method(Py_TYPE(stream.ptr()), "close")) stream.attr("close")();
}

// The iterator of an object may be a generator that keeps something open, and so may the object.
void close(const py::object& stream, const py::object& iterator) {
  close_if_it_can(iterator);
  if (!iterator.is(stream)) close_if_it_can(stream);
}

void let_others_run() {
  { const py::gil_scoped_release release; }
  values::raise_interrupt();
}

}  // namespace

py::object iterate(const py::object& stream, const ItemTaker& taker) {
  const py::object iterator = iterator_of(stream);
  py::object returned = py::none();
  bool is_suspended = true;
  try {
    for (unsigned count = 1; taker.wait() == Demand::kMore; ++count) {
      is_suspended = false;
      const py::object item = next_item(iterator, returned);
      is_suspended = true;
      if (in_forked_child() || !item) return returned;
      taker.take(item);
      if (count % kItemsPerTurn == 0) let_others_run();
    }
  } catch (py::error_already_set&) {
    if (in_forked_child()) throw;
    try {
      close(stream, iterator);
    } catch (py::error_already_set&) {
      if (is_suspended) throw;  // else it raised before, which says more
    }
    throw;
  }
  close(stream, iterator);
  return py::none();
}

Demand wait_for_demand(StreamCredits& credits, std::uint64_t id, const std::function<Demand()>& demand) {
  while (true) {
    const Demand now = demand();
    if (now != Demand::kWait) return now;
    values::raise_interrupt();
    const py::gil_scoped_release release;
    credits.wait(id, kLongestWait);
  }
}

}  // namespace provider_host::host
