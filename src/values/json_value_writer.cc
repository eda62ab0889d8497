#include "values/json_value_writer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#include "values/json_hint.h"
#include "values/json_integer.h"
#include "values/json_keys.h"
#include "values/json_number.h"
#include "values/json_number_array.h"
#include "values/json_string.h"
#include "values/plain_value.h"
#include "values/python_error.h"
#include "values/python_type.h"
#include "wire/frame_codec.h"

namespace provider_host::values {
namespace {

namespace py = pybind11;

// A level of JSON may take a few conversions (an Enum whose value is a model that becomes a dict); endless ones end.
constexpr std::size_t kMaxAncestors = 3 * wire::kMaxValueDepth;
constexpr std::size_t kShortestItem = 2;  // a digit and a comma

std::string_view name_of_nonfinite(double number) {
  if (std::isnan(number)) return "NaN";
  return number > 0 ? "Infinity" : "-Infinity";
}

Surrogates surrogates_of(const WriterOptions& options) {
  if (options.replace_surrogates) return Surrogates::kReplaced;
  return options.escape_surrogates ? Surrogates::kEscaped : Surrogates::kRefused;
}

}  // namespace

ValueWriter::ValueWriter(const WriterOptions& options, ByteBuffer& out, std::span<const std::string_view> required)
    : options_(options),
      out_(out),
      required_(required),
      end_limit_(out.size() + options.size_limit),
      surrogates_(surrogates_of(options)) {}

// Holds a value for as long as the writer is inside it. Knows the one around it.
class ValueWriter::Visit {
 public:
  Visit(ValueWriter& writer, PyObject* value)
      : writer_(writer),
        outer_(writer.innermost_),
        level_(outer_ == nullptr ? 1 : outer_->level_ + 1),
        held_(py::reinterpret_borrow<py::object>(value)) {
    writer_.innermost_ = this;
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;
  ~Visit() { writer_.innermost_ = outer_; }

  // Of `innermost`, which may be null, and those around it.
  static std::size_t count(const Visit* innermost) { return innermost == nullptr ? 0 : innermost->level_; }
  static bool contain(const Visit* innermost, PyObject* value) {
    const Visit* visit = innermost;
    while (visit != nullptr && visit->held_.ptr() != value) visit = visit->outer_;
    return visit != nullptr;
  }

 private:
  ValueWriter& writer_;
  const Visit* const outer_;
  const std::size_t level_;
  const py::object held_;
};

bool ValueWriter::write(PyObject* value) {
  PyTypeObject* const type = Py_TYPE(value);
  if (type == &PyUnicode_Type) return text(value);
  if (type == &PyFloat_Type) return real(PyFloat_AS_DOUBLE(value));
  if (type == &PyLong_Type) return integer(value);
  if (value == Py_None) return literal("null");
  if (value == Py_True) return literal("true");
  if (value == Py_False) return literal("false");
  return compound(value);
}

bool ValueWriter::literal(std::string_view text) {
  out_.append(text);
  return true;
}

bool ValueWriter::text(PyObject* str) {
  if (!room_for(static_cast<std::size_t>(PyUnicode_GET_LENGTH(str)))) return false;
  const auto lone = append_json_string(out_, str, surrogates_);
  return !lone || lone_surrogate("a string", str, *lone);
}

bool ValueWriter::integer(PyObject* number) {
  int overflow = 0;
  const long long small = PyLong_AsLongLongAndOverflow(number, &overflow);
  if (overflow == 0) {
    append_integer(out_, std::int64_t{small});
    return true;
  }
  const py::object digits = digits_of_int(number);
  if (!digits) return error_.set_raised("the conversion of an int", take_python_error());
  const auto size = static_cast<std::size_t>(PyUnicode_GET_LENGTH(digits.ptr()));
  return room_for(size) && literal({static_cast<const char*>(PyUnicode_DATA(digits.ptr())), size});
}

bool ValueWriter::real(double number) {
  if (!std::isfinite(number)) return options_.nan_as_null ? literal("null") : nothing_in_json(number);
  append_float(out_, number);
  return true;
}

bool ValueWriter::compound(PyObject* value) {
  if (PyUnicode_Check(value)) return text(value);
  if (PyLong_Check(value)) return integer(value);
  if (PyFloat_Check(value)) return real(PyFloat_AS_DOUBLE(value));
  if (Visit::contain(innermost_, value)) return error_.set("a circular reference");
  const bool is_array = PyList_Check(value) || PyTuple_Check(value);
  const bool is_dict = PyDict_Check(value);
  if ((depth_ == wire::kMaxValueDepth && (is_array || is_dict)) || Visit::count(innermost_) == kMaxAncestors) {
    return error_.set("a value nested more than " + std::to_string(wire::kMaxValueDepth) + " levels");
  }
  const Visit visit(*this, value);
  if (!is_array && !is_dict) return converted(value);
  ++depth_;
  const bool written = is_array ? sequence(value) : mapping(value);
  --depth_;
  return written;
}

// A subclass of list or tuple may have items of its own.
bool ValueWriter::sequence(PyObject* list_or_tuple) {
  const getiterfunc iter = Py_TYPE(list_or_tuple)->tp_iter;
  if (iter == PyList_Type.tp_iter || iter == PyTuple_Type.tp_iter) return array(list_or_tuple);
  const PlainValue items = plain_value({Form::kList}, list_or_tuple, options_.size_limit / kShortestItem);
  if (items.value) return array(items.value.ptr());
  if (items.has_too_many_items) return too_large();
  return error_.set_raised(type_name(Py_TYPE(list_or_tuple)) + ".__iter__()", items.error);
}

bool ValueWriter::mapping(PyObject* dict) {
  if (PyDict_GET_SIZE(dict) == 0) return literal("{}");  // whatever items() a subclass has, as json.dumps does
  return PyDict_CheckExact(dict) && has_distinct_keys(dict) ? this->dict(dict) : items(dict);
}

bool ValueWriter::array(PyObject* list_or_tuple) {
  out_.push_back('[');
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(list_or_tuple); ++i) {
    if (i > 0) out_.push_back(',');
    if (!write(PySequence_Fast_GET_ITEM(list_or_tuple, i)) || !within_limit()) {
      return error_.at_index(static_cast<std::size_t>(i));
    }
  }
  out_.push_back(']');
  return true;
}

// Of an exact dict with distinct keys.
bool ValueWriter::dict(PyObject* dict) {
  const Py_ssize_t size = PyDict_GET_SIZE(dict);
  Py_ssize_t position = 0;
  PyObject* name = nullptr;
  PyObject* value = nullptr;
  out_.push_back('{');
  for (bool first = true; PyDict_Next(dict, &position, &name, &value) != 0; first = false) {
    if (!member(name, value, first)) return false;
    if (PyDict_GET_SIZE(dict) != size) return error_.set("a dict that changed size while it was being written");
  }
  out_.push_back('}');
  return true;
}

// Other dicts: subclasses may have an order or items of their own, and different keys one text.
bool ValueWriter::items(PyObject* dict) {
  const auto pairs = py::reinterpret_steal<py::object>(PyMapping_Items(dict));
  if (!pairs) {
    const py::object error = take_python_error();
    return error_.set_raised(type_name(Py_TYPE(dict)) + ".items()", error);
  }
  const py::object by_text = by_key_text(pairs.ptr(), Py_TYPE(dict), types_, error_);
  return by_text && this->dict(by_text.ptr());
}

bool ValueWriter::member(PyObject* name, PyObject* value, bool first) {
  py::object held;
  if (!PyUnicode_CheckExact(name)) held = py::reinterpret_borrow<py::object>(value);
  if (!first) out_.push_back(',');
  const std::size_t start = out_.size() + 1;
  if (!key(name)) return false;
  const std::size_t size = out_.size() - start - 1;
  out_.push_back(':');
  return (write(value) && within_limit()) || error_.at_key(out_.view().substr(start, size));
}

bool ValueWriter::key(PyObject* name) {
  const std::size_t start = out_.size();
  if (PyUnicode_Check(name)) {
    if (!room_for(static_cast<std::size_t>(PyUnicode_GET_LENGTH(name)))) return false;
    if (const auto lone = append_json_string(out_, name, surrogates_)) {
      out_.truncate(start);
      append_json_string(out_, name, Surrogates::kReplaced);
      lone_surrogate("a key", name, *lone);
      return error_.at_key(out_.view().substr(start + 1, out_.size() - start - 2));
    }
  } else {
    out_.push_back('"');
    if (!integer(name)) return false;
    out_.push_back('"');
  }
  if (depth_ == 1 && !has_required_key_) {
    const std::string_view written = out_.view().substr(start + 1, out_.size() - start - 2);
    has_required_key_ = std::find(required_.begin(), required_.end(), written) != required_.end();
  }
  return true;
}

bool ValueWriter::converted(PyObject* value) {
  const TypeForm form = types_.of(Py_TYPE(value));
  if (form.form == Form::kNone || (form.form == Form::kBytes && !options_.bytes_as_base64)) {
    return error_.set(type_name(Py_TYPE(value)) + " is not JSON serializable", hint_for(value));
  }
  if (form.form == Form::kNumberArray) {
    if (const auto written = number_array(value)) return *written;
  }
  const PlainValue plain = plain_value(form, value, options_.size_limit / kShortestItem);
  if (plain.value) return write(plain.value.ptr());
  if (plain.has_too_many_items) return too_large();
  const std::string name = type_name(Py_TYPE(value));
  return error_.set_raised(form.method != nullptr && form.method == std::string_view("__json__")
                               ? name + ".__json__()"
                               : "the conversion of " + name,
                           plain.error);
}

// Nothing when the array holds something else than numbers.
std::optional<bool> ValueWriter::number_array(PyObject* value) {
  const NumberArray numbers(value);
  if (!numbers.usable() || depth_ + numbers.dimensions() > wire::kMaxValueDepth) return std::nullopt;
  const auto stop = numbers.write(out_, options_.nan_as_null, end_limit_);
  if (!stop) return true;
  if (!stop->number) return within_limit();
  nothing_in_json(*stop->number);
  for (const std::size_t i : stop->index) error_.at_index(i);
  return false;
}

bool ValueWriter::nothing_in_json(double number) {
  return error_.set(std::string(name_of_nonfinite(number)) + " has no JSON form",
                    "the option nan = null makes it null");
}

bool ValueWriter::lone_surrogate(const std::string& where, PyObject* str, std::size_t index) {
  std::array<char, 8> code{};
  const auto character = PyUnicode_READ_CHAR(str, static_cast<Py_ssize_t>(index));
  std::snprintf(code.data(), code.size(), "U+%04X", static_cast<unsigned>(character));
  return error_.set(where + " with the lone surrogate " + code.data() + " (character " + std::to_string(index) + ")",
                    "the option surrogates = replace makes it U+FFFD");
}

bool ValueWriter::room_for(std::size_t more) { return out_.size() + more <= end_limit_ || too_large(); }

bool ValueWriter::too_large() {
  return error_.set_at_root(
      std::string(options_.subject) + " is larger than the limit of " + std::to_string(options_.size_limit) + " bytes",
      "the option frame_limit sets it");
}

bool ValueWriter::within_limit() { return room_for(0); }

}  // namespace provider_host::values
