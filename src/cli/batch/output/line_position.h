#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace provider_host::cli {

/// Where a line of an output stands in its file.
struct LinePosition {
  std::uint64_t index = 0;
  std::uint64_t offset = 0;
  std::size_t size = 0;  ///< Its end included.
};

/// The position of the last line of each index, sorted by index. Reads `fd`, a file, from its beginning up to the byte
/// `end`, where a line begins; each line is one of an output, and there are about `count`. Throws JsonError,
/// std::system_error.
std::vector<LinePosition> last_lines(int fd, std::size_t count = 0,
                                     std::uint64_t end = std::numeric_limits<std::uint64_t>::max());

}  // namespace provider_host::cli
