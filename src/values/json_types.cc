#include "values/json_types.h"

#include <array>

#include "values/python_error.h"
#include "values/python_type.h"

namespace provider_host::values {
namespace {

namespace py = pybind11;

struct Named {
  const char* module;
  const char* name;
  Form form;
};

// Types without a protocol, known by name. The first match wins.
constexpr std::array kNamed{
    Named{"enum", "Enum", Form::kValue},
    Named{"decimal", "Decimal", Form::kDecimal},
    Named{"fractions", "Fraction", Form::kText},
    Named{"uuid", "UUID", Form::kText},
    Named{"ipaddress", "_IPAddressBase", Form::kText},
    Named{"re", "Pattern", Form::kPattern},
    Named{"types", "SimpleNamespace", Form::kNamespace},
    Named{"argparse", "Namespace", Form::kNamespace},
    Named{"array", "array", Form::kNumberArray},
    Named{"collections", "UserString", Form::kText},
    Named{"datetime", "tzinfo", Form::kText},
    Named{"pydantic.types", "SecretStr", Form::kText},  // their str() are asterisks
    Named{"pydantic.types", "SecretBytes", Form::kText},
    Named{"pydantic.networks", "_BaseUrl", Form::kText},
    Named{"pydantic.networks", "_BaseMultiHostUrl", Form::kText},
    Named{"pydantic.networks", "NameEmail", Form::kText},
    Named{"pydantic.color", "Color", Form::kText},
    Named{"pydantic_extra_types.color", "Color", Form::kText},
    Named{"pydantic_core", "Url", Form::kText},
    Named{"pydantic_core", "MultiHostUrl", Form::kText},
    Named{"pydantic_core", "PydanticUndefinedType", Form::kNull},
    Named{"httpx", "URL", Form::kText},
    Named{"yarl", "URL", Form::kText},
    Named{"bson", "ObjectId", Form::kText},
    Named{"orjson", "Fragment", Form::kFragment},
    Named{"pandas", "Period", Form::kText},
    Named{"pandas", "Interval", Form::kText},
};

constexpr std::array kNumPy{
    Named{"numpy", "datetime64", Form::kDatetime64},   Named{"numpy", "timedelta64", Form::kTimedelta64},
    Named{"numpy", "complexfloating", Form::kComplex}, Named{"numpy", "generic", Form::kScalar},
    Named{"numpy", "ndarray", Form::kArray},
};

constexpr std::array kCollections{
    Named{"_collections_abc", "Mapping", Form::kMapping},
    Named{"_collections_abc", "Sequence", Form::kList},
    Named{"_collections_abc", "Set", Form::kList},
    Named{"_collections_abc", "ValuesView", Form::kList},
};

// Methods that return a plainer value; see docs/reference/values.md. Those of data come before those of objects.
constexpr std::array kMethods{"as_py",   "to_pylist", "to_dicts",   "tolist",
                              "to_list", "isoformat", "__fspath__", "to_dict"};

bool is_any_of(PyTypeObject* type, std::initializer_list<PyTypeObject*> bases) {
  for (PyTypeObject* base : bases) {
    if (PyType_IsSubtype(type, base) != 0) return true;
  }
  return false;
}

// The type of pandas.NaT or pandas.NA, which is no name of pandas itself.
bool is_type_of(PyTypeObject* type, const char* module, const char* instance) {
  const py::object only = imported(module, instance);
  return only && Py_TYPE(only.ptr()) == type;
}

template <std::size_t kSize>
TypeForm named_form(PyTypeObject* type, const std::array<Named, kSize>& names) {
  for (const Named& each : names) {
    if (derives_from(type, each.module, each.name)) return {each.form};
  }
  return {};
}

TypeForm object_form(PyTypeObject* type) {
  if (type_attribute(type, "__json__")) return {Form::kMethod, "__json__"};
  for (const char* fields : {"__dataclass_fields__", "__attrs_attrs__", "__struct_fields__"}) {
    if (type_attribute(type, fields)) return {Form::kFields};
  }
  if (type_attribute(type, "__pydantic_serializer__") && has_method(type, "model_dump")) return {Form::kModel};
  if (has_method(type, "model_dump")) return {Form::kMethod, "model_dump"};
  if (derives_from(type, "pydantic", "BaseModel") || derives_from(type, "pydantic.v1", "BaseModel")) {
    return {Form::kMethod, "dict"};
  }
  return {};
}

TypeForm builtin_form(PyTypeObject* type) {
  if (is_any_of(type, {&PySet_Type, &PyFrozenSet_Type, &PyRange_Type})) return {Form::kList};
  if (is_any_of(type, {&PyBytes_Type, &PyByteArray_Type, &PyMemoryView_Type})) return {Form::kBytes};
  if (is_any_of(type, {&PyComplex_Type})) return {Form::kComplex};
  if (PyType_FastSubclass(type, Py_TPFLAGS_BASE_EXC_SUBCLASS)) return {Form::kException};
  return {};
}

TypeForm library_form(PyTypeObject* type) {
  if (is_type_of(type, "pandas", "NaT") || is_type_of(type, "pandas", "NA")) return {Form::kNull};
  const TypeForm named = named_form(type, kNamed);
  if (named.form != Form::kNone) return named;
  TypeForm numpy = named_form(type, kNumPy);
  const py::object array = imported("numpy", "ndarray");
  if (array && array.ptr() == reinterpret_cast<PyObject*>(type)) numpy.form = Form::kNumberArray;
  return numpy;
}

TypeForm protocol_form(PyTypeObject* type) {
  if (has_method(type, "to_dict") && type_attribute(type, "iloc")) {
    return has_method(type, "tolist") ? TypeForm{Form::kMethod, "tolist"} : TypeForm{Form::kRecords};
  }
  for (const char* method : kMethods) {
    if (has_method(type, method)) return {Form::kMethod, method};
  }
  if (derives_from(type, "datetime", "timedelta")) return {Form::kDuration};
  if (has_method(type, "item") && type_attribute(type, "dtype")) return {Form::kMethod, "item"};
  if (has_method(type, "__array__")) return {Form::kAsArray};
  return {};
}

TypeForm collection_form(PyTypeObject* type) {
  if (has_method(type, "keys") && has_method(type, "__getitem__")) return {Form::kMapping};
  for (const Named& each : kCollections) {
    const py::object base = imported(each.module, each.name);
    const int is_one = base ? PyObject_IsSubclass(reinterpret_cast<PyObject*>(type), base.ptr()) : 0;
    if (is_one < 0) PyErr_Clear();
    if (is_one > 0) return {each.form};
  }
  if (has_method(type, "__index__")) return {Form::kInteger};
  return {};
}

TypeForm classify(PyTypeObject* type) {
  if (PyType_IsSubtype(type, &PyType_Type) != 0) return {};  // a class has no form, whatever its instances have
  for (const auto form_in : {object_form, builtin_form, library_form, protocol_form, collection_form}) {
    const TypeForm form = form_in(type);
    if (form.form != Form::kNone) return form;
  }
  return {};
}

}  // namespace

TypeForm TypeForms::of(PyTypeObject* type) {
  expect_no_python_error();
  if (const auto known = known_.find(type); known != known_.end()) return known->second.form;
  const auto held = py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(type));
  const TypeForm form = classify(type);
  known_.emplace(type, Known{held, form});
  return form;
}

}  // namespace provider_host::values
