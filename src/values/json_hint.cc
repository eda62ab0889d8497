#include "values/json_hint.h"

#include "values/python_type.h"

namespace provider_host::values {

const char* hint_for(PyObject* value) {
  PyTypeObject* const type = Py_TYPE(value);
  if (PyCoro_CheckExact(value) || has_method(type, "__await__")) return "is an await missing?";
  if (PyBytes_Check(value) || PyByteArray_Check(value) || PyMemoryView_Check(value)) {
    return "decode it, or ask for base64 text with the option bytes = base64";
  }
  if (has_method(type, "read")) return "return what its read() gives";
  if (has_method(type, "__anext__") || has_method(type, "__aiter__")) {
    return "collect its items into a list first, as with [item async for item in it]";
  }
  if (has_method(type, "__next__")) return "collect its items into a list first, as with list(it)";
  if (has_method(type, "collect")) return "call its collect() first";
  if (PyType_Check(value)) return "return an instance of it, or its name";
  if (PyFunction_Check(value) || PyCFunction_Check(value) || PyMethod_Check(value)) return "is a call missing?";
  if (has_method(type, "__iter__")) return "make a list of it, or give its class a method __json__()";
  return "make a dict, a list or a text of it, or give its class a method __json__()";
}

}  // namespace provider_host::values
