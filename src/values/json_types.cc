#include "values/json_types.h"

#include <array>
#include <string_view>

#include "values/json_base64.h"

namespace provider_host::values {
namespace {

namespace py = pybind11;

py::object stolen(PyObject* object) { return py::reinterpret_steal<py::object>(object); }

// An attribute of a module, if it is imported. Leaves no Python error.
py::object imported(const char* module, const char* name) {
  PyObject* modules = PyImport_GetModuleDict();
  PyObject* found = PyDict_Check(modules) ? PyDict_GetItemString(modules, module) : nullptr;
  if (found == nullptr) return {};
  const auto held = py::reinterpret_borrow<py::object>(found);
  py::object attribute = stolen(PyObject_GetAttrString(held.ptr(), name));
  if (!attribute) PyErr_Clear();
  return attribute;
}

bool is_subtype(PyTypeObject* type, const char* module, const char* name) {
  const py::object base = imported(module, name);
  return base && PyType_Check(base.ptr()) && PyType_IsSubtype(type, reinterpret_cast<PyTypeObject*>(base.ptr()));
}

bool has(PyTypeObject* type, const char* attribute) {
  const py::object found = stolen(PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), attribute));
  if (!found) PyErr_Clear();
  return static_cast<bool>(found);
}

TypeKind model_kind(PyTypeObject* type) {
  const bool is_model = is_subtype(type, "pydantic", "BaseModel") || is_subtype(type, "pydantic.v1", "BaseModel");
  if (!is_model) return TypeKind::kUnknown;
  return has(type, "model_dump") ? TypeKind::kModelDump : TypeKind::kModelDict;
}

struct Base {
  const char* module;
  const char* name;
  TypeKind kind;
};

// The first that fits wins.
constexpr std::array kBases{
    Base{"enum", "Enum", TypeKind::kEnum},
    Base{"datetime", "date", TypeKind::kIsoFormat},  // of which datetime is a subclass
    Base{"datetime", "time", TypeKind::kIsoFormat},
    Base{"decimal", "Decimal", TypeKind::kDecimal},
    Base{"uuid", "UUID", TypeKind::kText},
    Base{"pathlib", "PurePath", TypeKind::kText},
    Base{"numpy", "datetime64", TypeKind::kText},
    Base{"numpy", "timedelta64", TypeKind::kUnknown},
    Base{"numpy", "complexfloating", TypeKind::kUnknown},
    Base{"numpy", "longdouble", TypeKind::kLongDouble},
    Base{"numpy", "generic", TypeKind::kScalar},
};

TypeKind array_kind(PyTypeObject* type) {
  const py::object array = imported("numpy", "ndarray");
  if (!array || !PyType_Check(array.ptr())) return TypeKind::kUnknown;
  auto* array_type = reinterpret_cast<PyTypeObject*>(array.ptr());
  if (type == array_type) return TypeKind::kNumberArray;
  return PyType_IsSubtype(type, array_type) ? TypeKind::kArray : TypeKind::kUnknown;
}

bool is_any_of(PyTypeObject* type, std::initializer_list<PyTypeObject*> bases) {
  for (PyTypeObject* base : bases) {
    if (PyType_IsSubtype(type, base)) return true;
  }
  return false;
}

TypeKind classify(PyTypeObject* type) {
  if (has(type, "__json__")) return TypeKind::kJsonMethod;
  if (has(type, "__dataclass_fields__")) return TypeKind::kDataclass;
  if (const TypeKind model = model_kind(type); model != TypeKind::kUnknown) return model;
  if (is_any_of(type, {&PySet_Type, &PyFrozenSet_Type})) return TypeKind::kSet;
  if (is_any_of(type, {&PyBytes_Type, &PyByteArray_Type, &PyMemoryView_Type})) return TypeKind::kBytes;
  for (const Base& base : kBases) {
    if (is_subtype(type, base.module, base.name)) return base.kind;
  }
  return array_kind(type);
}

py::object fields_of(PyObject* value) {
  py::dict fields;
  for (const py::handle field : py::module_::import("dataclasses").attr("fields")(py::handle(value))) {
    const py::object name = field.attr("name");
    fields[name] = py::getattr(value, name);
  }
  return fields;
}

py::object dumped_model(PyObject* value) { return py::handle(value).attr("model_dump")(py::arg("mode") = "json"); }

py::object number_or_text(PyObject* decimal) {
  const py::handle value(decimal);
  if (value.attr("is_nan")().cast<bool>()) return py::float_(Py_NAN);  // float() refuses signalling ones
  py::object number = stolen(PyNumber_Float(decimal));
  if (!number) return number;
  const bool exact = value.attr("is_infinite")().cast<bool>() || value.equal(number);
  return exact ? number : py::object(py::str(value));
}

py::object base64_of(PyObject* value) {
  const py::object bytes =
      PyBytes_Check(value) ? py::reinterpret_borrow<py::object>(value) : stolen(PyBytes_FromObject(value));
  if (!bytes) return {};
  return base64_text({PyBytes_AS_STRING(bytes.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr()))});
}

py::object nested_lists(PyObject* array) {
  const py::handle value(array);
  const auto kind = value.attr("dtype").attr("kind").cast<std::string_view>();
  if (kind == "m") throw py::type_error("an array of timedelta64 has no JSON form");
  if (kind == "M") return value.attr("astype")("U").attr("tolist")();
  return value.attr("tolist")();
}

}  // namespace

TypeKind TypeKinds::of(PyTypeObject* type) {
  if (const auto known = known_.find(type); known != known_.end()) return known->second.kind;
  const auto held = py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(type));
  const TypeKind kind = classify(type);
  known_.emplace(type, Known{held, kind});
  return kind;
}

py::object converted_value(TypeKind kind, PyObject* value) try {
  switch (kind) {
    case TypeKind::kJsonMethod:
      return py::handle(value).attr("__json__")();
    case TypeKind::kDataclass:
      return fields_of(value);
    case TypeKind::kModelDump:
      return dumped_model(value);
    case TypeKind::kModelDict:
      return py::handle(value).attr("dict")();
    case TypeKind::kEnum:
      return py::handle(value).attr("value");
    case TypeKind::kIsoFormat:
      return py::handle(value).attr("isoformat")();
    case TypeKind::kDecimal:
      return number_or_text(value);
    case TypeKind::kText:
      return stolen(PyObject_Str(value));
    case TypeKind::kSet:
      return stolen(PySequence_List(value));
    case TypeKind::kBytes:
      return base64_of(value);
    case TypeKind::kScalar:
      return py::handle(value).attr("item")();
    case TypeKind::kLongDouble:
      return stolen(PyNumber_Float(value));
    case TypeKind::kNumberArray:
    case TypeKind::kArray:
      return nested_lists(value);
    case TypeKind::kUnknown:
      break;
  }
  PyErr_SetString(PyExc_TypeError, "not JSON serializable");
  return {};
} catch (py::error_already_set& error) {
  error.restore();
  return {};
} catch (const py::builtin_exception& error) {
  error.set_error();
  return {};
}

}  // namespace provider_host::values
