#include "bindings/prompt_calls.h"

#include "bindings/gil.h"
#include "bindings/python_values.h"

namespace provider_host::bindings {
namespace {

namespace py = pybind11;

// `object or {}`
py::object or_empty(const py::handle& object) {
  if (object.is_none()) return py::dict();
  const int truth = park_at_exit([&object] { return PyObject_IsTrue(object.ptr()); });
  if (truth < 0) throw py::error_already_set();
  return truth == 0 ? py::dict() : py::reinterpret_borrow<py::object>(object);
}

py::object identified(const py::handle& identity, const char* kind, const py::handle& object) {
  return checked(park_at_exit([&] { return PyObject_CallMethod(identity.ptr(), kind, "O", object.ptr()); }));
}

}  // namespace

py::tuple arguments_for(const py::handle& prompt, Api api, const PromptSource& source) {
  if (api == Api::kNone) return py::make_tuple(prompt);
  py::object options = py::reinterpret_borrow<py::object>(source.options);
  py::object context = py::reinterpret_borrow<py::object>(source.context);
  if (!source.identity.is_none()) {
    options = identified(source.identity, "options", options);
    context = identified(source.identity, "context", context);
  }
  options = or_empty(options);
  if (api == Api::kCall) return py::make_tuple(prompt, options, or_empty(context));
  return py::make_tuple(prompt, options);
}

}  // namespace provider_host::bindings
