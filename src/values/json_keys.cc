#include "values/json_keys.h"

#include <cmath>
#include <optional>
#include <string_view>

#include "base/byte_buffer.h"
#include "values/json_integer.h"
#include "values/json_number.h"
#include "values/plain_value.h"
#include "values/python_error.h"
#include "values/python_type.h"

namespace provider_host::values {
namespace {

namespace py = pybind11;

constexpr int kMaxConversions = 10;  // an Enum whose value is a NumPy integer takes two

py::object new_str(std::string_view text) {
  return py::reinterpret_steal<py::object>(
      PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
}

py::object float_text(double number) {
  if (std::isnan(number)) return new_str("NaN");
  if (std::isinf(number)) return new_str(number > 0 ? "Infinity" : "-Infinity");
  ByteBuffer out;
  append_float(out, number);
  return new_str(out.view());
}

// The conversions of json.dumps. Empty with a Python error set when memory is short; no value when json.dumps has none.
std::optional<py::object> plain_text(PyObject* key) {
  if (PyUnicode_Check(key)) return py::reinterpret_steal<py::object>(PyUnicode_FromObject(key));
  if (key == Py_True) return new_str("true");
  if (key == Py_False) return new_str("false");
  if (key == Py_None) return new_str("null");
  if (PyLong_Check(key)) return digits_of_int(key);
  if (PyFloat_Check(key)) return float_text(PyFloat_AS_DOUBLE(key));
  return std::nullopt;
}

bool may_stand_for_key(Form form) {
  return form != Form::kNone && form != Form::kBytes && form != Form::kList && form != Form::kMapping;
}

py::object key_text(const py::object& key, TypeForms& forms, JsonError& failure) {
  py::object plain = key;
  for (int i = 0; i < kMaxConversions; ++i) {
    if (auto text = plain_text(plain.ptr())) {
      if (!*text) failure.set_raised("the conversion of a key", take_python_error());
      return *text;
    }
    const TypeForm form = forms.of(Py_TYPE(plain.ptr()));
    if (!may_stand_for_key(form.form)) break;
    PlainValue next = plain_value(form, plain.ptr(), 0);
    if (next.error) {
      failure.set_raised("the conversion of a key of type " + type_name(Py_TYPE(plain.ptr())), next.error);
      return {};
    }
    plain = next.value;
  }
  failure.set("a key of type " + type_name(Py_TYPE(key.ptr())),
              "keys must be str, int, float, bool or None, or of a type that stands for one of these");
  return {};
}

}  // namespace

bool has_distinct_keys(PyObject* dict) {
  Py_ssize_t position = 0;
  PyObject* key = nullptr;
  if (PyDict_Next(dict, &position, &key, nullptr) == 0) return true;
  PyTypeObject* const type = Py_TYPE(key);
  if (type != &PyUnicode_Type && type != &PyLong_Type) return false;
  while (PyDict_Next(dict, &position, &key, nullptr) != 0) {
    if (Py_TYPE(key) != type) return false;
  }
  return true;
}

py::object by_key_text(PyObject* pairs, PyTypeObject* owner, TypeForms& forms, JsonError& failure) {
  const auto held = py::reinterpret_borrow<py::object>(pairs);
  const py::dict by_text;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs); ++i) {
    const auto pair = py::reinterpret_borrow<py::object>(PyList_GET_ITEM(pairs, i));
    if (!PyTuple_Check(pair.ptr()) || PyTuple_GET_SIZE(pair.ptr()) != 2) {
      failure.set(type_name(owner) + ".items() gave something that is no pair");
      return {};
    }
    const auto key = py::reinterpret_borrow<py::object>(PyTuple_GET_ITEM(pair.ptr(), 0));
    const py::object text = key_text(key, forms, failure);
    if (!text) return {};
    if (PyDict_SetItem(by_text.ptr(), text.ptr(), PyTuple_GET_ITEM(pair.ptr(), 1)) != 0) {
      const py::object error = take_python_error();
      failure.set_raised("writing the keys of " + type_name(owner), error);
      return {};
    }
  }
  return by_text;
}

}  // namespace provider_host::values
