#include "values/json_number_array.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "values/json_number.h"

namespace provider_host::values {
namespace {

template <typename Element>
std::optional<double> append(ByteBuffer& out, const char* element) {
  Element number;
  std::memcpy(&number, element, sizeof(number));
  if constexpr (std::is_floating_point_v<Element>) {
    if (!std::isfinite(number)) return number;
    append_float(out, number);
  } else if constexpr (std::is_signed_v<Element>) {
    append_integer(out, std::int64_t{number});
  } else {
    append_integer(out, std::uint64_t{number});
  }
  return std::nullopt;
}

std::optional<double> append_bool(ByteBuffer& out, const char* element) {
  out.append(*element != 0 ? "true" : "false");
  return std::nullopt;
}

template <typename One, typename Two, typename Four, typename Eight>
auto of_size(Py_ssize_t size) -> std::optional<double> (*)(ByteBuffer&, const char*) {
  switch (size) {
    case sizeof(One):
      return append<One>;
    case sizeof(Two):
      return append<Two>;
    case sizeof(Four):
      return append<Four>;
    case sizeof(Eight):
      return append<Eight>;
    default:
      return nullptr;
  }
}

}  // namespace

NumberArray::NumberArray(PyObject* array) {
  if (PyObject_GetBuffer(array, &view_, PyBUF_STRIDED_RO | PyBUF_FORMAT) != 0) {
    PyErr_Clear();  // dates, for instance, have no buffer
    return;
  }
  held_ = true;
  append_ = append_for(view_);
}

NumberArray::~NumberArray() {
  if (held_) PyBuffer_Release(&view_);
}

// The format is that of the struct module.
NumberArray::Append NumberArray::append_for(const Py_buffer& view) {
  std::string_view format = view.format == nullptr ? "B" : view.format;
  const bool native = format.starts_with('@') || format.starts_with('=') ||
                      (format.starts_with('<') && std::endian::native == std::endian::little);
  if (native) format.remove_prefix(1);
  if (format.size() != 1) return nullptr;
  if (format == "?") return append_bool;
  if (format == "d") return append<double>;
  if (format == "f") return append<float>;
  if (std::string_view("bhilq").find(format) != std::string_view::npos) {
    return of_size<std::int8_t, std::int16_t, std::int32_t, std::int64_t>(view.itemsize);
  }
  if (std::string_view("BHILQ").find(format) != std::string_view::npos) {
    return of_size<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>(view.itemsize);
  }
  return nullptr;
}

std::optional<NumberArray::Stop> NumberArray::write(ByteBuffer& out, bool nan_as_null, std::size_t end_limit) const {
  return write_dimension(out, static_cast<const char*>(view_.buf), 0, nan_as_null, end_limit);
}

std::optional<NumberArray::Stop> NumberArray::write_dimension(ByteBuffer& out, const char* data, int dimension,
                                                              bool nan_as_null, std::size_t end_limit) const {
  if (out.size() > end_limit) return Stop{};
  if (dimension == view_.ndim) return write_element(out, data, nan_as_null);
  out.push_back('[');
  const auto count = static_cast<std::size_t>(view_.shape[dimension]);
  for (std::size_t i = 0; i < count; ++i, data += view_.strides[dimension]) {
    if (i > 0) out.push_back(',');
    if (auto stop = write_dimension(out, data, dimension + 1, nan_as_null, end_limit)) {
      stop->index.push_back(i);
      return stop;
    }
  }
  out.push_back(']');
  return std::nullopt;
}

std::optional<NumberArray::Stop> NumberArray::write_element(ByteBuffer& out, const char* data, bool nan_as_null) const {
  const std::optional<double> refused = append_(out, data);
  if (!refused) return std::nullopt;
  if (!nan_as_null) return Stop{refused, {}};
  out.append("null");
  return std::nullopt;
}

}  // namespace provider_host::values
