#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/byte_buffer.h"

namespace provider_host::values {

/// How lone surrogates are written.
enum class Surrogates : std::uint8_t {
  kRefused,
  kReplaced,  ///< U+FFFD
  kEscaped,   ///< \ud800
};

/// Appends a str (or an instance of a subclass) as a JSON string with its quotes, the text as
/// json.dumps(ensure_ascii=False) writes it. Returns the index of the first
/// lone surrogate when they are refused; what was appended is then unfinished. Runs no user code, leaves nothing cached
/// in the str. Needs the GIL.
std::optional<std::size_t> append_json_string(ByteBuffer& out, PyObject* text, Surrogates surrogates);

}  // namespace provider_host::values
