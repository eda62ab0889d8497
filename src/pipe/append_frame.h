#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "wire/frame_codec.h"

namespace provider_host::pipe {

/// Appends a frame whose payload `write()` appends to `out`. Throws std::length_error when that is too long for one.
template <typename Write>
void append_frame(std::string& out, Write&& write) {
  const std::size_t begin = out.size();
  out.append(wire::kHeaderSize, '\0');
  std::forward<Write>(write)();
  const std::size_t size = out.size() - begin - wire::kHeaderSize;
  if (size > std::numeric_limits<std::uint32_t>::max()) {
    out.resize(begin);
    throw std::length_error("a frame would be longer than 4 GiB");
  }
  std::ranges::copy(wire::encode_header(size), out.begin() + static_cast<std::ptrdiff_t>(begin));
}

}  // namespace provider_host::pipe
