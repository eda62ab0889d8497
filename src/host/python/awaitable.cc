#include "host/python/awaitable.h"

namespace provider_host::host {

bool is_awaitable(const pybind11::object& value) {
  const PyTypeObject* const type = Py_TYPE(value.ptr());
  if (type->tp_as_async != nullptr && type->tp_as_async->am_await != nullptr) return true;
  // Generators decorated with types.coroutine.
  return PyGen_CheckExact(value.ptr()) &&
         (value.attr("gi_code").attr("co_flags").cast<int>() & CO_ITERABLE_COROUTINE) != 0;
}

}  // namespace provider_host::host
