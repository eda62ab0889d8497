#include "values/json_error.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <stdexcept>
#include <utility>

#include "values/python_type.h"

namespace provider_host::values {
namespace {

namespace py = pybind11;

// Paths of deep or odd values stay readable.
constexpr std::size_t kMaxKey = 100;
constexpr std::size_t kMaxSteps = 100;
constexpr std::size_t kStepsShownAtEnds = 20;

std::string traceback_of(const py::object& error) {
  try {
    const auto traceback = py::reinterpret_steal<py::object>(PyException_GetTraceback(error.ptr()));
    const auto lines = py::module_::import("traceback")
                           .attr("format_exception")(py::type::of(error), error, traceback ? traceback : py::none());
    return text_of(py::str("").attr("join")(lines));
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {  // the traceback is optional
    return {};
  }
}

std::string summary_of(const py::object& error) {
  std::string summary = type_name(Py_TYPE(error.ptr()));
  const auto text = py::reinterpret_steal<py::object>(PyObject_Str(error.ptr()));
  if (!text) PyErr_Clear();
  const std::string shown = text_of(text);
  return shown.empty() ? summary : summary + ": " + shown;
}

bool is_identifier(std::string_view key) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !key.empty() && is_letter(key.front()) &&
         std::all_of(key.begin(), key.end(), [&](char c) { return is_letter(c) || is_digit(c); });
}

std::string shortened(std::string_view key) {
  if (key.size() <= kMaxKey) return std::string(key);
  std::size_t size = kMaxKey;
  while (size > 0 && (static_cast<unsigned char>(key[size]) & 0xC0U) == 0x80U) --size;
  return std::string(key.substr(0, size)) + "…";
}

std::string in_single_quotes(const std::string& key) {
  std::string quoted = "['";
  for (const char c : key) {
    if (c == '\'') quoted += '\\';
    quoted += c;
  }
  return quoted + "']";
}

}  // namespace

bool JsonError::set(std::string what, std::string hint) {
  what_ = std::move(what);
  hint_ = std::move(hint);
  return false;
}

bool JsonError::set_raised(const std::string& where, const py::object& error) {
  traceback_ = traceback_of(error);
  return set(where + " raised " + summary_of(error));
}

bool JsonError::set_at_root(std::string what, std::string hint) {
  at_root_ = true;
  return set(std::move(what), std::move(hint));
}

bool JsonError::at_index(std::size_t index) {
  steps_.push_back("[" + std::to_string(index) + "]");
  return false;
}

bool JsonError::at_key(std::string_view key) {
  steps_.push_back(is_identifier(key) && key.size() <= kMaxKey ? "." + std::string(key)
                                                               : in_single_quotes(shortened(key)));
  return false;
}

std::string JsonError::path(std::string root) const {
  std::string path = std::move(root);
  if (at_root_) return path;
  const std::size_t count = steps_.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (count > kMaxSteps && i == kStepsShownAtEnds) {
      path += "…";
      i = count - kStepsShownAtEnds;
    }
    path += steps_[count - 1 - i];
  }
  return path;
}

WriteError JsonError::take(std::string root) {
  WriteError error;
  error.path = path(std::move(root));
  error.message = std::move(what_) + " at " + error.path;
  if (!hint_.empty()) error.message += "; " + hint_;
  error.traceback = std::move(traceback_);
  return error;
}

}  // namespace provider_host::values
