#include "bindings/option_values.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "provider_host/error.h"

namespace provider_host::bindings {
namespace {

namespace py = pybind11;

// Python's own and NumPy's, which both pass for numbers.
bool is_bool(const py::handle& value) {
  const std::string_view type = Py_TYPE(value.ptr())->tp_name;
  return PyBool_Check(value.ptr()) || type == "numpy.bool" || type == "numpy.bool_";
}

// What the object's own code raises in a conversion makes it no value.
template <typename Value>
std::optional<OptionValue> unless_raised(Value value) {
  if (PyErr_Occurred() == nullptr) return value;
  PyErr_Clear();
  return std::nullopt;
}

std::optional<OptionValue> whole_number(const py::handle& value) {
  if (is_bool(value) || PyIndex_Check(value.ptr()) == 0) return std::nullopt;
  const auto number = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
  if (!number) return unless_raised(std::int64_t{0});
  int overflow = 0;
  const long long result = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
  if (overflow != 0) return std::nullopt;
  return unless_raised(std::int64_t{result});
}

// A number, or a tuple or list of the least and the most.
std::optional<OptionValue> range(const py::handle& value) {
  auto least_given = py::reinterpret_borrow<py::object>(value);
  auto most_given = least_given;
  if (PyTuple_Check(value.ptr()) || PyList_Check(value.ptr())) {
    if (PySequence_Fast_GET_SIZE(value.ptr()) != 2) return std::nullopt;
    least_given = py::reinterpret_borrow<py::object>(PySequence_Fast_GET_ITEM(value.ptr(), 0));
    most_given = py::reinterpret_borrow<py::object>(PySequence_Fast_GET_ITEM(value.ptr(), 1));
  }
  const auto least = whole_number(least_given);
  const auto most = whole_number(most_given);
  if (!least || !most) return std::nullopt;
  return NumberRange{std::get<std::int64_t>(*least), std::get<std::int64_t>(*most)};
}

std::optional<OptionValue> seconds(const py::handle& value) {
  if (is_bool(value)) return std::nullopt;
  return unless_raised(PyFloat_AsDouble(value.ptr()));
}

// Text and paths, in the bytes that the file system has.
std::optional<std::string> native_text(const py::handle& value) {
  PyObject* bytes = nullptr;
  if (PyUnicode_FSConverter(value.ptr(), &bytes) == 0) {
    PyErr_Clear();
    return std::nullopt;
  }
  return std::string(py::reinterpret_steal<py::bytes>(bytes));
}

bool is_text(const py::handle& value) { return PyUnicode_Check(value.ptr()) || PyBytes_Check(value.ptr()); }

std::optional<OptionValue> names(const py::handle& value) {
  if (is_text(value)) return std::nullopt;
  const auto items = py::reinterpret_steal<py::object>(PySequence_List(value.ptr()));
  if (!items) return unless_raised(false);
  EnvironmentNames result;
  for (const py::handle& item : py::list(items)) {
    auto text = is_text(item) ? native_text(item) : std::nullopt;
    if (!text) return std::nullopt;
    result.push_back(std::move(*text));
  }
  return result;
}

std::optional<OptionValue> variables(const py::handle& value) {
  if (PyMapping_Check(value.ptr()) == 0 || is_text(value)) return std::nullopt;
  const auto items = py::reinterpret_steal<py::object>(PyMapping_Items(value.ptr()));
  if (!items) return unless_raised(false);
  EnvironmentVariables result;
  for (const py::handle& item : py::list(items)) {
    const auto pair = py::reinterpret_borrow<py::tuple>(item);
    if (!PyTuple_Check(item.ptr()) || pair.size() != 2 || !is_text(pair[0]) || !is_text(pair[1])) return std::nullopt;
    auto name = native_text(pair[0]);
    auto text = native_text(pair[1]);
    if (!name || !text) return std::nullopt;
    result[std::move(*name)] = std::move(*text);
  }
  return result;
}

std::optional<OptionValue> of_text(const PoolOption& option, const py::handle& value) {
  const auto text = PyUnicode_Check(value.ptr()) ? native_text(value) : std::nullopt;
  return text ? option.read(*text) : std::nullopt;
}

// True and False are the words `on` and `off` of an option that has them.
std::optional<OptionValue> word(const PoolOption& option, const py::handle& value) {
  if (!is_bool(value)) return of_text(option, value);
  return option.read(PyObject_IsTrue(value.ptr()) == 1 ? "on" : "off");
}

// A few words of the object's repr.
std::string shown(const PoolOption& option, const py::handle& value) {
  constexpr Py_ssize_t kMax = 80;
  const std::string type = std::string("a value of type ") + Py_TYPE(value.ptr())->tp_name;
  if (option.type == OptionType::kNames || option.type == OptionType::kVariables) return type;
  const auto text = py::reinterpret_steal<py::object>(PyObject_ASCII(value.ptr()));
  if (!text) PyErr_Clear();
  return text && PyUnicode_GET_LENGTH(text.ptr()) <= kMax ? std::string(py::str(text)) : type;
}

}  // namespace

std::optional<OptionValue> value_of_option(const PoolOption& option, const py::handle& value) {
  if (value.is_none()) return OptionValue();
  switch (option.type) {
    case OptionType::kSize:
      return PyUnicode_Check(value.ptr()) ? of_text(option, value) : whole_number(value);
    case OptionType::kNumber:
    case OptionType::kFileMode:
      return whole_number(value);
    case OptionType::kRange:
      return range(value);
    case OptionType::kSeconds:
      return seconds(value);
    case OptionType::kFlag:
      if (!is_bool(value)) return std::nullopt;
      return PyObject_IsTrue(value.ptr()) == 1;
    case OptionType::kChoice:
      return word(option, value);
    case OptionType::kText:
    case OptionType::kPath:
      if (auto text = native_text(value)) return *text;
      return std::nullopt;
    case OptionType::kNames:
      return names(value);
    case OptionType::kVariables:
      return variables(value);
  }
  return std::nullopt;
}

std::string error_of_option(const PoolOption& option, const py::handle& value) {
  return std::string(option.name) + " " + option.requirement() + ", not " + shown(option, value);
}

void set_option(PoolOptions& options, const PoolOption& option, const py::handle& value) {
  const auto read = value_of_option(option, value);
  if (!read || !option.allows(*read)) throw ConfigError(error_of_option(option, value));
  option.assign(options, *read);
}

}  // namespace provider_host::bindings
