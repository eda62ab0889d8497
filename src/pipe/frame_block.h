#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace provider_host::pipe {

/// A frame of the pipe that we have written ourselves: `type` comes first in its payload, then `id`.
struct FrameOfBlock {
  std::uint64_t id = 0;
  std::string_view frame;    ///< With its header.
  std::string_view payload;  ///< Without.
};

/// The frames of a block, which is whole frames one behind the other: calls, results and errors with an id. The views
/// point into it. Payloads are not read further than the id. Throws std::invalid_argument for anything else.
std::vector<FrameOfBlock> frames_of(std::string_view block);

}  // namespace provider_host::pipe
