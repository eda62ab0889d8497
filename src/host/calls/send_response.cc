#include "host/calls/send_response.h"

#include <unistd.h>

#include <array>

namespace provider_host::host {

namespace py = pybind11;

void flush_streams() {
  static PyObject* const flush = PyUnicode_InternFromString("flush");
  static const std::array names{PyUnicode_InternFromString("stdout"), PyUnicode_InternFromString("stderr")};
  static PyObject* const in_sys = PyModule_GetDict(PyImport_AddModule("sys"));
  for (PyObject* const name : names) {
    PyObject* const stream = PyDict_GetItemWithError(in_sys, name);
    if (stream == nullptr || stream == Py_None) continue;
    const auto held = py::reinterpret_borrow<py::object>(stream);
    PyObject* const result = PyObject_CallMethodNoArgs(held.ptr(), flush);
    if (result == nullptr) PyErr_Clear();
    Py_XDECREF(result);
  }
}

bool send_bytes(CallChannel& channel, std::string_view bytes) {
  const std::size_t sent = channel.start_sending(bytes);
  if (sent == bytes.size()) return true;
  const py::gil_scoped_release release;
  return channel.finish_sending(bytes, sent);
}

void send_response(CallChannel& channel, ResponseWriter& writer) {
  CallChannel::fill_header(writer.frame());
  send_bytes(channel, writer.frame().view());
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
