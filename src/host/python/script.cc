#include "host/python/script.h"

#include "values/python_error.h"

namespace provider_host::host {

namespace py = pybind11;

Script::Script(BootstrapModules& modules, const std::string& path) : modules_(modules) {
  path_ = py::reinterpret_steal<py::object>(PyUnicode_DecodeFSDefault(path.c_str()));
  if (!path_) throw py::error_already_set();
  const py::tuple imported = modules.function("script", "import_script")(path_);
  module_ = imported[0];
  import_ms_ = imported[1].cast<double>();
}

Script::Found Script::find(const std::string& name) {
  if (PyModule_Check(module_.ptr()) && name.find('.') == std::string::npos) {
    if (!last_text_ || last_name_ != name) {
      last_text_ = py::reinterpret_steal<py::object>(PyUnicode_InternFromString(name.c_str()));
      if (!last_text_) throw py::error_already_set();
      last_name_ = name;
    }
    PyObject* const known = PyDict_GetItemWithError(PyModule_GetDict(module_.ptr()), last_text_.ptr());
    if (known == nullptr) PyErr_Clear();
    if (known != nullptr && PyCallable_Check(known) != 0)
      return {py::reinterpret_borrow<py::object>(known), py::object()};
  }
  const py::tuple resolved = modules_.function("callables", "resolve")(module_, name);
  if (resolved[0].is_none()) return {py::object(), resolved[1]};
  return {resolved[0], py::object()};
}

std::string_view Script::default_api() const {
  if (!PyModule_Check(module_.ptr())) return "call";
  const auto has = [names = PyModule_GetDict(module_.ptr())](const char* name) {
    PyObject* const value = PyDict_GetItemString(names, name);
    return value != nullptr && PyCallable_Check(value) != 0;
  };
  const bool embeds = has("call_embedding_api");
  if (has("call_api") || embeds == has("call_classification_api")) return "call";
  return embeds ? "embedding" : "classification";
}

// A module's own __getattr__ is not asked.
py::object Script::host_start() const {
  constexpr const char* kName = "on_host_start";
  py::object found;
  if (PyModule_Check(module_.ptr())) {
    found = py::reinterpret_borrow<py::object>(PyDict_GetItemString(PyModule_GetDict(module_.ptr()), kName));
  } else {
    found = py::getattr(module_, kName, py::none());
  }
  return found && PyCallable_Check(found.ptr()) != 0 ? found : py::object();
}

py::object Script::report() { return modules_.function("callables", "report")(module_, path_); }

py::object call_function(const py::object& function, const py::object& args) {
  values::expect_no_python_error();
  // The list is ours alone, so its items can be passed on where they are.
  auto* const list = reinterpret_cast<PyListObject*>(args.ptr());
  const auto count = static_cast<std::size_t>(Py_SIZE(list));
  auto result = py::reinterpret_steal<py::object>(PyObject_Vectorcall(function.ptr(), list->ob_item, count, nullptr));
  if (!result) throw py::error_already_set();
  return result;
}

}  // namespace provider_host::host
