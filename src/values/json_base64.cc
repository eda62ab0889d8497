#include "values/json_base64.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace provider_host::values {

pybind11::object base64_text(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t groups = bytes.size() / 3 + (bytes.size() % 3 != 0 ? 1 : 0);
  auto text = pybind11::reinterpret_steal<pybind11::object>(PyUnicode_New(static_cast<Py_ssize_t>(groups * 4), 0x7F));
  if (!text || groups == 0) return text;
  auto* to = static_cast<char*>(PyUnicode_DATA(text.ptr()));
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8U | (k < count ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
    }
    for (unsigned k = 0; k < 4; ++k) *to++ = k <= count ? kAlphabet[(group >> (18U - 6U * k)) & 0x3FU] : '=';
  }
  return text;
}

}  // namespace provider_host::values
