#include "values/python_error.h"

#include <new>

namespace provider_host::values {
namespace {

namespace py = pybind11;

py::object raised_exception() {
#if PY_VERSION_HEX >= 0x030C0000
  return py::reinterpret_steal<py::object>(PyErr_GetRaisedException());
#else
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  if (type == nullptr) return {};
  PyErr_NormalizeException(&type, &value, &traceback);
  if (traceback != nullptr && value != nullptr) PyException_SetTraceback(value, traceback);
  Py_XDECREF(type);
  Py_XDECREF(traceback);
  return py::reinterpret_steal<py::object>(value);
#endif
}

}  // namespace

py::object take_python_error() {
  py::object raised = raised_exception();
  if (raised) return raised;
  PyErr_SetString(PyExc_SystemError, "C code failed without setting an exception");
  raised = raised_exception();
  if (!raised) throw std::bad_alloc();
  return raised;
}

py::object take_python_error(py::error_already_set& error) {
  error.restore();
  return take_python_error();
}

void drop_late_interrupt() {
  if (PyErr_CheckSignals() != 0) PyErr_Clear();
  drop_async_exception();
}

void raise_interrupt() {
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  const auto exception = py::reinterpret_borrow<py::object>(PyThreadState_Get()->async_exc);
  if (!exception) return;
  drop_async_exception();
  PyErr_SetNone(exception.ptr());
  throw py::error_already_set();
}

// Clearing one that is not set would make Python 3.11 search for it forever: a thread with a trace function then never
// gets past the start of the next function.
void drop_async_exception() {
  if (PyThreadState_Get()->async_exc != nullptr) PyThreadState_SetAsyncExc(PyThread_get_thread_ident(), nullptr);
}

}  // namespace provider_host::values
