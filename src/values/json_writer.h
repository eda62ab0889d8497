#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/byte_buffer.h"

namespace provider_host::values {

/// How values are written that JSON does not have.
struct WriterOptions {
  bool nan_as_null = false;                         ///< NaN and infinities; otherwise they are an error.
  bool replace_surrogates = false;                  ///< Lone surrogates become U+FFFD; otherwise they are an error.
  bool escape_surrogates = false;                   ///< Lone surrogates stay, as escapes, if not replaced.
  bool bytes_as_base64 = false;                     ///< bytes, bytearray, memoryview; otherwise they are an error.
  std::size_t size_limit = std::size_t{256} << 20;  ///< Bytes of JSON that one value may take.
  const char* subject = "the result";               ///< What an error calls the value. Static storage.
};

/// Why a value has no JSON form. All texts are valid UTF-8.
struct WriteError {
  std::string path;       ///< The path in the value, such as `$.output.items[3]`.
  std::string message;    ///< One sentence for a person, the path included.
  std::string traceback;  ///< The Python traceback when the value's own code raised; else empty.
};

struct WriteResult {
  std::optional<WriteError> error;
  bool is_object = false;         ///< The value became a JSON object.
  bool has_required_key = false;  ///< It has at least one of the required keys.
};

/// Turns Python values into JSON text: the types that json.dumps knows as json.dumps(ensure_ascii=False,
/// separators=(",", ":")) writes them, and others as json_types.h lists them. Immutable; needs the GIL.
class JsonWriter {
 public:
  explicit JsonWriter(WriterOptions options) : options_(options) {}

  /// Appends the JSON of `value` to `out`; on an error `out` is cut back to what it held. `required` are keys of which
  /// the object should have at least one; may be empty. May run the value's code (`__json__`, properties, items());
  /// whatever that raises is an error, KeyboardInterrupt and SystemExit included. Never leaves a Python error set.
  /// Throws nothing but std::bad_alloc; `out` then holds an unfinished value.
  WriteResult write(PyObject* value, ByteBuffer& out, std::span<const std::string_view> required) const;
  /// The same for the item of a list that is written piece by piece: the paths of errors begin with its index.
  WriteResult write_item(PyObject* value, ByteBuffer& out, std::size_t index) const;

 private:
  WriterOptions options_;
};

}  // namespace provider_host::values
