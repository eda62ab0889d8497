#pragma once

#include <memory>
#include <stdexcept>
#include <string_view>

#include "cli/io/byte_source.h"

namespace provider_host::cli {

/// Compressed bytes that cannot be decompressed; `what()` says why.
class DamagedInput : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The compression formats that inputs may have.
enum class Compression : std::uint8_t { kNone, kGzip, kZstd };

/// Recognised by the first four bytes.
Compression compression_of(std::string_view start);

/// The bytes of `source`, decompressed; concatenated streams are read as one. Throws DamagedInput
/// when this build does not support the format.
std::unique_ptr<ByteSource> decompressed(std::unique_ptr<ByteSource> source, Compression compression);

}  // namespace provider_host::cli
