#include "host/python/frames_below.h"

#include <pybind11/pybind11.h>

#include <exception>

namespace provider_host::host {

namespace py = pybind11;

void run_above_python_frames(BootstrapModules& modules, const std::string& script, const std::function<void()>& body) {
  const auto path = py::reinterpret_steal<py::object>(PyUnicode_DecodeFSDefault(script.c_str()));
  if (!path) throw py::error_already_set();
  // Python's frames would turn it into an exception of Python.
  std::exception_ptr thrown;
  bool ended = false;
  const py::cpp_function run([&] {
    try {
      body();
    } catch (const std::exception&) {
      thrown = std::current_exception();
    }
    ended = true;
  });
  const py::object enter = modules.function("frames_below", "entrance")(path);
  try {
    enter(run);
  } catch (py::error_already_set&) {
    if (!ended) throw;  // else a late interrupt
  }
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace provider_host::host
