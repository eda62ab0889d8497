#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <unordered_map>

namespace provider_host::values {

/// How a value of a type that json.dumps does not know becomes one that it knows.
enum class Form : std::uint8_t {
  kNone,         ///< It has none.
  kMethod,       ///< What its method returns.
  kFields,       ///< A dict of the fields of a dataclass, attrs class or msgspec.Struct.
  kModel,        ///< pydantic 2: model_dump(mode="json"), which makes null of NaN in fields without a type.
  kNamespace,    ///< A dict of its attributes.
  kRecords,      ///< A data frame: a list of dicts, one for each row.
  kValue,        ///< An Enum's value.
  kPattern,      ///< A compiled pattern's text.
  kNull,         ///< pandas' NaT and NA.
  kDecimal,      ///< A float when that is exact, else a str.
  kInteger,      ///< An int, by `__index__`.
  kComplex,      ///< Text as 1+2j.
  kDuration,     ///< A timedelta: text in ISO 8601.
  kText,         ///< Its str().
  kException,    ///< Text: type and message.
  kList,         ///< A list of its items.
  kMapping,      ///< A dict of its items.
  kBytes,        ///< base64 text, if asked for.
  kScalar,       ///< A NumPy scalar: item(), or float() where that changes nothing.
  kDatetime64,   ///< NumPy's: text in ISO 8601.
  kTimedelta64,  ///< NumPy's: a timedelta.
  kNumberArray,  ///< An array of numbers, which the writer reads by the buffer protocol; else as kArray.
  kArray,        ///< NumPy's: nested lists.
  kAsArray,      ///< What numpy.asarray() makes of it.
  kFragment,     ///< orjson.Fragment: the JSON that it holds.
};

/// How values of one type are converted.
struct TypeForm {
  Form form = Form::kNone;
  const char* method = nullptr;  ///< Of kMethod: its name. Static storage.
};

/// Finds and caches the forms of types. Imports nothing: a type whose module is not imported has no values.
/// Runs no code of the types but the subclass hooks of abstract base classes. For one write, as it keeps the types
/// alive. Needs the GIL; leaves no Python error.
class TypeForms {
 public:
  TypeForm of(PyTypeObject* type);

 private:
  struct Known {
    pybind11::object type;
    TypeForm form;
  };
  std::unordered_map<PyTypeObject*, Known> known_;
};

}  // namespace provider_host::values
