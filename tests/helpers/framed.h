#pragma once

#include <string>
#include <string_view>

#include "wire/frame_codec.h"

namespace provider_host {

/// The payload with its header, as it is sent.
inline std::string framed(std::string_view payload) {
  const auto header = wire::encode_header(payload.size());
  return std::string(header.data(), header.size()).append(payload);
}

}  // namespace provider_host
