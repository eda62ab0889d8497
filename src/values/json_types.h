#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <unordered_map>

namespace provider_host::values {

/// How a value of a type that json.dumps does not know becomes one that it knows.
enum class TypeKind : std::uint8_t {
  kUnknown,
  kJsonMethod,   ///< Has a method `__json__`.
  kDataclass,    ///< A dict of its fields.
  kModelDump,    ///< pydantic 2: model_dump(mode="json"), which makes null of NaN in fields without a type.
  kModelDict,    ///< pydantic 1: dict().
  kEnum,         ///< Its value.
  kIsoFormat,    ///< datetime, date, time.
  kDecimal,      ///< A float when that is exact, else a str.
  kText,         ///< UUID, path, NumPy datetime64: its str().
  kSet,          ///< A list.
  kBytes,        ///< base64 text, if asked for.
  kScalar,       ///< A NumPy scalar: item().
  kLongDouble,   ///< A NumPy scalar that item() does not change: float().
  kNumberArray,  ///< A NumPy array.
  kArray,        ///< An instance of a subclass of it: tolist().
};

/// Tells the kinds of types, and remembers them. Imports nothing: a type whose module is not imported has no values.
/// For one write, as it keeps the types alive. Needs the GIL.
class TypeKinds {
 public:
  TypeKind of(PyTypeObject* type);

 private:
  struct Known {
    pybind11::object type;
    TypeKind kind;
  };
  std::unordered_map<PyTypeObject*, Known> known_;
};

/// The value that stands for `value`, whose type is of `kind`; a new reference, empty with a Python error set when the
/// value's code raised. Not for kUnknown.
pybind11::object converted_value(TypeKind kind, PyObject* value);

}  // namespace provider_host::values
