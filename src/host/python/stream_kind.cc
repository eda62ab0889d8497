#include "host/python/stream_kind.h"

#include "values/json_types.h"
#include "values/python_type.h"

namespace provider_host::host {
namespace {

bool has_json_form(PyTypeObject* type) {
  constexpr unsigned long kPlain = Py_TPFLAGS_LONG_SUBCLASS | Py_TPFLAGS_LIST_SUBCLASS | Py_TPFLAGS_TUPLE_SUBCLASS |
                                   Py_TPFLAGS_UNICODE_SUBCLASS | Py_TPFLAGS_DICT_SUBCLASS;
  if (PyType_HasFeature(type, kPlain) != 0 || PyType_IsSubtype(type, &PyFloat_Type) != 0) return true;
  return values::TypeForms().of(type).form != values::Form::kNone;
}

// A mock has a method for everything.
bool is_mock(PyTypeObject* type) { return values::derives_from(type, "unittest.mock", "NonCallableMock"); }

}  // namespace

StreamKind stream_kind(const pybind11::object& value, bool was_awaited) {
  PyTypeObject* const type = Py_TYPE(value.ptr());
  if (type == &PyDict_Type || type == &PyUnicode_Type || value.is_none()) return StreamKind::kNone;
  if (PyGen_CheckExact(value.ptr())) return StreamKind::kSync;
  if (PyAsyncGen_CheckExact(value.ptr())) return StreamKind::kAsync;
  const PyAsyncMethods* const async = type->tp_as_async;
  const bool is_async = async != nullptr && (async->am_anext != nullptr || async->am_aiter != nullptr);
  const bool is_sync = PyIter_Check(value.ptr()) != 0;
  if ((!is_async && !is_sync) || has_json_form(type) || is_mock(type)) return StreamKind::kNone;
  return is_async && (was_awaited || !is_sync) ? StreamKind::kAsync : StreamKind::kSync;
}

}  // namespace provider_host::host
