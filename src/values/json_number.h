#pragma once

#include <cstdint>

#include "base/byte_buffer.h"

namespace provider_host::values {

/// Appends the decimal digits.
void append_integer(ByteBuffer& out, std::int64_t number);
void append_integer(ByteBuffer& out, std::uint64_t number);

/// Appends a finite number with the shortest digits that read back the same, laid out as Python's repr() does: 1.0,
/// 1e+16, 1e-05.
void append_float(ByteBuffer& out, double number);

}  // namespace provider_host::values
