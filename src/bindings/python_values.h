#pragma once

#include <pybind11/pybind11.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "provider_host/error.h"
#include "provider_host/outcome.h"
#include "values/json_writer.h"

namespace provider_host::bindings {

/// Python values as JSON text, with the rules of `options`. Throws InvalidArguments when one has no JSON form.
std::string text_of(const pybind11::handle& value, const values::WriterOptions& options);

/// Thrown by `text_of`; `what()` names the path, as `$[2].vars.day`.
class InvalidArguments : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// JSON text, which must be valid, as Python objects. Needs the GIL.
pybind11::object value_of(std::string_view json);

/// The exception for a failed call, an instance of a subclass of `provider_host.ProviderError` (not raised). Needs the
/// GIL.
pybind11::object exception_of(const Error& error);

/// A new reference that Python's C API has returned. Throws error_already_set when it is null.
inline pybind11::object checked(PyObject* result) {
  if (result == nullptr) throw pybind11::error_already_set();
  return pybind11::reinterpret_steal<pybind11::object>(result);
}

/// What is being thrown, as a Python exception. Needs the GIL.
pybind11::object current_exception();

/// What a call has come to; one of the two is None.
struct SettledValue {
  pybind11::object result;
  pybind11::object error;  ///< An exception, not raised.
};

/// The value or the exception of an outcome. Whatever goes wrong with a value is what the call comes to. Needs the GIL.
SettledValue settled_value(const Outcome& outcome);

/// (ok, result or exception, latency_ms, host, pid, stdout, stderr). Needs the GIL.
pybind11::tuple outcome_tuple(const Outcome& outcome);

/// Raises it.
[[noreturn]] void raise(const Error& error);

/// A str as UTF-8. Raises InvalidRequest, which speaks of `subject`, when it has a lone surrogate.
std::string utf8_of(const char* subject, const pybind11::handle& text);

}  // namespace provider_host::bindings
