#pragma once

#include <pybind11/pybind11.h>
#include <simdjson.h>

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "base/byte_buffer.h"

namespace provider_host::values {

/// Thrown for text that is no valid JSON, or nested too deep.
class JsonReadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Turns JSON text straight into Python objects, as json.loads would: integers of any size keep every digit, floats
/// beyond the range of a double become infinities, lone surrogates stay what they are, the last of several equal keys
/// wins. Caches short object keys between calls. One reader per thread; needs the GIL, for its
/// destruction too.
class JsonReader {
 public:
  JsonReader() = default;
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  /// Visits all of `value`, so that all of it is checked. The text must have ByteBuffer::kPadding readable
  /// bytes behind it. Throws JsonReadError, pybind11::error_already_set (out of memory) and std::bad_alloc; nothing
  /// of the value is kept then.
  pybind11::object read(simdjson::ondemand::value value);

  /// The same for a whole text that is one array; a list. `parser` must have no document that is still read.
  pybind11::object read_array(simdjson::ondemand::parser& parser, std::string_view text);

 private:
  using Value = simdjson::ondemand::value;

  pybind11::object array(simdjson::ondemand::parser& parser, std::string_view text);
  pybind11::object any(Value value, std::size_t depth);
  pybind11::object list(Value value, std::size_t depth);
  pybind11::object dict(Value value, std::size_t depth);
  pybind11::object key(simdjson::ondemand::field& field);
  pybind11::object known_key(std::string_view text);

  static constexpr std::size_t kKnownKeys = 512;

  std::array<pybind11::object, kKnownKeys> known_keys_;  // ASCII keys by hash; a newer one replaces it
  std::vector<pybind11::object> items_;                  // of the lists that are being read, innermost last
  ByteBuffer rest_;                                      // of an array whose first item was read on its own
};

}  // namespace provider_host::values
