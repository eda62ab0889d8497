#include "host/python/bootstrap_modules.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "host/python/awaitable.h"
#include "host/python/bootstrap_sources.h"
#include "host/python/stream_kind.h"
#include "values/python_error.h"

namespace provider_host::host {

namespace py = pybind11;

namespace {

// inspect.getsource() of one of these frames, which user code may meet among its callers, finds its source when
// linecache is there already.
void add_to_linecache(const std::string& filename, const char* source) {
  const py::dict modules = py::reinterpret_borrow<py::dict>(PyImport_GetModuleDict());
  if (!modules.contains("linecache")) return;
  try {
    const py::str text(source);
    modules["linecache"].attr("cache")[py::str(filename)] =
        py::make_tuple(py::len(text), py::none(), text.attr("splitlines")(true), filename);
  } catch (py::error_already_set&) {  // another linecache
  }
}

}  // namespace

py::object BootstrapModules::function(const char* module, const char* name) {
  values::expect_no_python_error();
  const py::dict names = namespaces_.contains(module) ? py::dict(namespaces_[module]) : load(module);
  return names[name];
}

py::dict BootstrapModules::load(const char* module) {
  const auto* const source = std::find_if(std::begin(kBootstrapSources), std::end(kBootstrapSources),
                                          [&](const auto& each) { return each.name == module; });
  if (source == std::end(kBootstrapSources)) throw std::logic_error(std::string("no bootstrap module ") + module);
  const std::string filename = std::string("<provider-host ") + module + ".py>";
  const auto code = py::reinterpret_steal<py::object>(Py_CompileString(source->text, filename.c_str(), Py_file_input));
  if (!code) throw py::error_already_set();
  // What bootstrap.pyi declares.
  py::dict names;
  names["__builtins__"] = py::module_::import("builtins");
  names["__name__"] = std::string("_provider_host_") + module;
  names["__file__"] = filename;
  names["load"] =
      py::cpp_function([this](const std::string& other, const char* name) { return function(other.c_str(), name); });
  names["is_awaitable"] = py::cpp_function([](const py::object& value) { return is_awaitable(value); });
  names["stream_kind"] = py::cpp_function(
      [](const py::object& value, bool was_awaited) { return static_cast<int>(stream_kind(value, was_awaited)); });
  names["is_loaded"] = py::cpp_function([this](const std::string& other) { return loaded(other.c_str()); });
  const auto result = py::reinterpret_steal<py::object>(PyEval_EvalCode(code.ptr(), names.ptr(), names.ptr()));
  if (!result) throw py::error_already_set();
  add_to_linecache(filename, source->text);
  namespaces_[module] = names;
  return names;
}

}  // namespace provider_host::host
