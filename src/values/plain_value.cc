#include "values/plain_value.h"

#include <cstdint>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "values/iso_duration.h"
#include "values/json_base64.h"
#include "values/python_error.h"
#include "values/python_type.h"

namespace provider_host::values {
namespace {

namespace py = pybind11;

// These throw error_already_set; so does taken() when a C call has given nothing.
py::object taken(PyObject* object) {
  if (object == nullptr && PyErr_Occurred() == nullptr) {
    PyErr_SetString(PyExc_SystemError, "C code failed without setting an exception");
  }
  if (object == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(object);
}

py::object method_result(PyObject* value, const char* method) {
  return taken(PyObject_CallMethod(value, method, nullptr));
}

py::object attribute(PyObject* value, const char* name) { return taken(PyObject_GetAttrString(value, name)); }

py::object str_of(PyObject* value) { return taken(PyObject_Str(value)); }

// msgspec knows fields under names of its own, fields that are not set, and a tag.
py::dict struct_fields(PyObject* value) {
  const py::handle type = py::type::handle_of(value);
  py::dict fields;
  const py::object config = type.attr("__struct_config__");
  if (const py::object tag = config.attr("tag"); !tag.is_none()) fields[config.attr("tag_field")] = tag;
  const py::object unset = imported("msgspec", "UNSET");
  const py::list names(type.attr("__struct_encode_fields__"));
  std::size_t i = 0;
  for (const py::handle field : py::list(type.attr("__struct_fields__"))) {
    const py::object item = py::getattr(value, field);
    if (i < names.size() && (!unset || !item.is(unset))) fields[names[i]] = item;
    ++i;
  }
  return fields;
}

py::dict fields_of(PyObject* value) {
  py::dict fields;
  if (type_attribute(Py_TYPE(value), "__dataclass_fields__")) {
    for (const py::handle field : py::module_::import("dataclasses").attr("fields")(py::handle(value))) {
      const py::object name = field.attr("name");
      fields[name] = py::getattr(value, name);
    }
    return fields;
  }
  const py::object attributes = type_attribute(Py_TYPE(value), "__attrs_attrs__");
  if (!attributes) return struct_fields(value);
  for (const py::handle each : attributes) {
    const py::object name = each.attr("name");
    fields[name] = py::getattr(value, name);
  }
  return fields;
}

// Calls with some Python frames below: pydantic looks at its callers when it completes a class at first use.
py::object called_deep(const py::object& call) {
  constexpr const char* kSource =
      "def called(call, depth=8):\n    return call() if depth == 0 else called(call, depth - 1)\n";
  py::dict names;
  names["__builtins__"] = py::module_::import("builtins");
  taken(PyRun_String(kSource, Py_file_input, names.ptr(), names.ptr()));
  py::object result = names["called"](call);
  names.clear();  // else the function would hold itself
  return result;
}

py::object dumped_model(PyObject* value) {
  const auto dump = [value](const char* mode) { return py::handle(value).attr("model_dump")(py::arg("mode") = mode); };
  const py::object complete = type_attribute(Py_TYPE(value), "__pydantic_complete__");
  if (complete && complete.is(py::bool_(false))) {
    return called_deep(py::cpp_function([&dump] { return dump("json"); }));
  }
  try {
    return dump("json");
  } catch (const py::error_already_set& error) {
    const py::object unknown_type = imported("pydantic_core", "PydanticSerializationError");
    if (!unknown_type || !error.matches(unknown_type)) throw;
  }
  return dump("python");  // the writer knows more types than pydantic does
}

py::object records_of(PyObject* frame) { return py::handle(frame).attr("to_dict")(py::arg("orient") = "records"); }

py::object number_or_text(PyObject* decimal) {
  const py::handle value(decimal);
  if (value.attr("is_nan")().cast<bool>()) return py::float_(Py_NAN);  // float() refuses signalling ones
  py::object number = taken(PyNumber_Float(decimal));
  const bool exact = value.attr("is_infinite")().cast<bool>() || value.equal(number);
  return exact ? number : str_of(decimal);
}

py::object complex_text(PyObject* value) {
  const py::object number =
      taken(PyObject_CallFunctionObjArgs(reinterpret_cast<PyObject*>(&PyComplex_Type), value, nullptr));
  std::string text = text_of(taken(PyObject_Repr(number.ptr())));
  if (text.starts_with('(')) text = text.substr(1, text.size() - 2);
  return py::str(text);
}

py::object duration_text(PyObject* value) {
  const auto part = [value](const char* name) { return attribute(value, name).cast<std::int64_t>(); };
  constexpr std::int64_t kMaxDays = 1'000'000'000;
  const std::int64_t days = part("days");
  if (days < -kMaxDays || days > kMaxDays) throw py::value_error("a timedelta with odd days");
  return py::str(iso_duration(days, part("seconds") % 86400, part("microseconds") % 1'000'000));
}

py::object exception_text(PyObject* value) {
  const py::object message = str_of(value);
  const std::string name = type_name(Py_TYPE(value));
  if (PyUnicode_GET_LENGTH(message.ptr()) == 0) return py::str(name);
  return taken(PyUnicode_FromFormat("%s: %U", name.c_str(), message.ptr()));
}

py::object base64_of(PyObject* value) {
  const py::object bytes =
      PyBytes_Check(value) ? py::reinterpret_borrow<py::object>(value) : taken(PyBytes_FromObject(value));
  return taken(base64_text({PyBytes_AS_STRING(bytes.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr()))})
                   .release()
                   .ptr());
}

py::object scalar(PyObject* value) {
  py::object item = method_result(value, "item");
  return Py_TYPE(item.ptr()) == Py_TYPE(value) ? taken(PyNumber_Float(value)) : item;
}

py::object datetime64_text(PyObject* value) {
  py::object text = str_of(value);
  return text_of(text) == "NaT" ? py::none() : text;
}

// Nanoseconds would become an int.
py::object timedelta_of(const py::handle& value, const char* list_or_item) {
  return value.attr("astype")("timedelta64[us]").attr(list_or_item)();
}

py::object nested_lists(PyObject* array) {
  const py::handle value(array);
  const auto kind = value.attr("dtype").attr("kind").cast<std::string_view>();
  if (kind == "m") return timedelta_of(value, "tolist");
  if (kind != "M") return value.attr("tolist")();
  const auto numpy = py::module_::import("numpy");
  return numpy.attr("where")(numpy.attr("isnat")(value), py::none(), value.attr("astype")("U").attr("astype")("O"))
      .attr("tolist")();
}

py::object fragment(PyObject* value) {
  return py::module_::import("json").attr("loads")(py::module_::import("orjson").attr("dumps")(py::handle(value)));
}

// Empty when there are more.
py::object list_of(PyObject* value, std::size_t max_items) {
  const py::object items = taken(PyObject_GetIter(value));
  py::list list;
  for (std::size_t i = 0; PyObject* const next = PyIter_Next(items.ptr()); ++i) {
    const auto item = py::reinterpret_steal<py::object>(next);
    if (i == max_items) return {};
    list.append(item);
  }
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  return list;
}

py::object dict_of(PyObject* value) {
  py::dict items;
  if (PyDict_Update(items.ptr(), value) != 0) taken(nullptr);
  return items;
}

py::object converted(TypeForm form, PyObject* value, std::size_t max_items) {
  switch (form.form) {
    case Form::kMethod:
      return method_result(value, form.method);
    case Form::kFields:
      return fields_of(value);
    case Form::kModel:
      return dumped_model(value);
    case Form::kNamespace:
      return attribute(value, "__dict__");
    case Form::kRecords:
      return records_of(value);
    case Form::kValue:
      return attribute(value, "value");
    case Form::kPattern:
      return attribute(value, "pattern");
    case Form::kNull:
      return py::none();
    case Form::kDecimal:
      return number_or_text(value);
    case Form::kInteger:
      return taken(PyNumber_Index(value));
    case Form::kComplex:
      return complex_text(value);
    case Form::kDuration:
      return duration_text(value);
    case Form::kText:
      return str_of(value);
    case Form::kException:
      return exception_text(value);
    case Form::kList:
      return list_of(value, max_items);
    case Form::kMapping:
      return dict_of(value);
    case Form::kBytes:
      return base64_of(value);
    case Form::kScalar:
      return scalar(value);
    case Form::kDatetime64:
      return datetime64_text(value);
    case Form::kTimedelta64:
      return timedelta_of(value, "item");
    case Form::kNumberArray:
      return PyObject_HasAttrString(value, "dtype") != 0 ? nested_lists(value) : method_result(value, "tolist");
    case Form::kArray:
      return nested_lists(value);
    case Form::kAsArray:
      return py::module_::import("numpy").attr("asarray")(py::handle(value));
    case Form::kFragment:
      return fragment(value);
    case Form::kNone:
      break;
  }
  throw py::type_error("not JSON serializable");
}

}  // namespace

PlainValue plain_value(TypeForm form, PyObject* value, std::size_t max_items) {
  expect_no_python_error();
  PlainValue plain;
  try {
    plain.value = converted(form, value, max_items);
    plain.has_too_many_items = !plain.value;
    if (PyErr_Occurred() == nullptr) return plain;
    plain.value = {};  // C code that says both, as a broken extension does
    plain.error = take_python_error();
  } catch (py::error_already_set& error) {
    plain.error = take_python_error(error);
  } catch (const py::builtin_exception& error) {
    error.set_error();
    plain.error = take_python_error();
  } catch (const std::bad_alloc&) {
    PyErr_Clear();
    throw;
  } catch (const std::exception& error) {  // pybind11's, about C code that fails without an exception
    PyErr_SetString(PyExc_SystemError, error.what());
    plain.error = take_python_error();
  }
  return plain;
}

}  // namespace provider_host::values
