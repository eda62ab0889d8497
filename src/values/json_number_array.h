#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/byte_buffer.h"

namespace provider_host::values {

/// A NumPy array of plain numbers or bools, in this machine's byte order, seen through the buffer protocol: any number
/// of dimensions, contiguous or not. Writes without making Python objects. Needs the GIL.
class NumberArray {
 public:
  /// Inspects `array`; leaves no Python error. `array` is held until destruction.
  explicit NumberArray(PyObject* array);
  NumberArray(const NumberArray&) = delete;
  NumberArray& operator=(const NumberArray&) = delete;
  ~NumberArray();

  /// Whether it is such an array; the members below are for those only.
  [[nodiscard]] bool usable() const { return append_ != nullptr; }
  [[nodiscard]] std::size_t dimensions() const { return static_cast<std::size_t>(view_.ndim); }

  /// Where writing stopped.
  struct Stop {
    std::optional<double> number;    ///< A NaN or an infinity; empty: `end_limit` was passed.
    std::vector<std::size_t> index;  ///< Of that element, innermost first.
  };

  /// Appends nested JSON arrays, as of tolist(), until `out` is larger than `end_limit`.
  std::optional<Stop> write(ByteBuffer& out, bool nan_as_null, std::size_t end_limit) const;

 private:
  // Appends the element at an address, or returns it when it is no finite number.
  using Append = std::optional<double> (*)(ByteBuffer& out, const char* element);

  static Append append_for(const Py_buffer& view);
  std::optional<Stop> write_dimension(ByteBuffer& out, const char* data, int dimension, bool nan_as_null,
                                      std::size_t end_limit) const;
  std::optional<Stop> write_element(ByteBuffer& out, const char* data, bool nan_as_null) const;

  Py_buffer view_{};
  bool held_ = false;
  Append append_ = nullptr;
};

}  // namespace provider_host::values
