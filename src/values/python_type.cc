#include "values/python_type.h"

#include <cstddef>
#include <string_view>

#include "values/python_error.h"

namespace provider_host::values {

namespace py = pybind11;

py::object type_attribute(PyTypeObject* type, const char* name) {
  expect_no_python_error();
  const auto key = py::reinterpret_steal<py::object>(PyUnicode_InternFromString(name));
  PyObject* const found = key ? _PyType_Lookup(type, key.ptr()) : nullptr;
  if (found == nullptr) PyErr_Clear();
  if (found == nullptr || found == Py_None) return {};
  return py::reinterpret_borrow<py::object>(found);
}

bool has_method(PyTypeObject* type, const char* name) {
  const py::object found = type_attribute(type, name);
  return found && PyCallable_Check(found.ptr()) != 0;
}

py::object imported(const char* module, const char* name) {
  expect_no_python_error();
  PyObject* const modules = PyImport_GetModuleDict();
  PyObject* const found = PyDict_Check(modules) ? PyDict_GetItemString(modules, module) : nullptr;
  if (found == nullptr) return {};
  const auto held = py::reinterpret_borrow<py::object>(found);
  auto attribute = py::reinterpret_steal<py::object>(PyObject_GetAttrString(held.ptr(), name));
  if (!attribute) PyErr_Clear();
  return attribute;
}

bool derives_from(PyTypeObject* type, const char* module, const char* name) {
  const py::object base = imported(module, name);
  return base && PyType_Check(base.ptr()) && PyType_IsSubtype(type, reinterpret_cast<PyTypeObject*>(base.ptr())) != 0;
}

std::string text_of(const py::object& str) {
  expect_no_python_error();
  if (!str || !PyUnicode_Check(str.ptr())) return {};
  const auto bytes = py::reinterpret_steal<py::object>(PyUnicode_AsEncodedString(str.ptr(), "utf-8", "replace"));
  if (!bytes) {
    PyErr_Clear();
    return {};
  }
  return {PyBytes_AS_STRING(bytes.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr()))};
}

std::string type_name(PyTypeObject* type) {
  if ((type->tp_flags & Py_TPFLAGS_HEAPTYPE) == 0) return type->tp_name;  // of a static type, its module included
  const auto qualname = py::reinterpret_borrow<py::object>(reinterpret_cast<PyHeapTypeObject*>(type)->ht_qualname);
  std::string name = text_of(qualname);
  if (name.empty()) name = type->tp_name;
  const std::string module = text_of(type_attribute(type, "__module__"));
  return module.empty() || module == "builtins" ? name : module + "." + name;
}

}  // namespace provider_host::values
