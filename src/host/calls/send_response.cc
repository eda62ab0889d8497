#include "host/calls/send_response.h"

#include <unistd.h>

namespace provider_host::host {

namespace py = pybind11;

void flush_streams() {
  static PyObject* const flush = PyUnicode_InternFromString("flush");
  for (const char* const name : {"stdout", "stderr"}) {
    PyObject* const stream = PySys_GetObject(name);
    if (stream == nullptr || stream == Py_None) continue;
    const auto held = py::reinterpret_borrow<py::object>(stream);
    PyObject* const result = PyObject_CallMethodNoArgs(held.ptr(), flush);
    Py_XDECREF(result);
    PyErr_Clear();
  }
}

void send_response(CallChannel& channel, ResponseWriter& writer) {
  CallChannel::fill_header(writer.frame());
  const std::size_t sent = channel.start_sending(writer.frame());
  if (sent < writer.frame().size()) {
    const py::gil_scoped_release release;
    channel.finish_sending(writer.frame(), sent);
  }
  writer.release();
}

void exit_forked_child(BootstrapModules& modules, const py::object& raised) {
  try {
    modules.function("lifecycle", "exit_forked_child")(raised ? raised : py::none());
  } catch (py::error_already_set&) {
  }
  ::_exit(1);
}

}  // namespace provider_host::host
