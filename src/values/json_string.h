#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <optional>

#include "base/byte_buffer.h"

namespace provider_host::values {

/// Appends a str (or an instance of a subclass) as a JSON string with its quotes, the text as
/// json.dumps(ensure_ascii=False) writes it. Lone surrogates become U+FFFD if `replace_surrogates`; otherwise the
/// answer is the index of the first one, and what was appended is of no use. Runs no user code, leaves nothing cached
/// in the str. Needs the GIL.
std::optional<std::size_t> append_json_string(ByteBuffer& out, PyObject* text, bool replace_surrogates);

}  // namespace provider_host::values
