#include "cli/batch/output/line_position.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "cli/batch/output/output_line.h"
#include "cli/io/line_reader.h"

namespace provider_host::cli {

std::vector<LinePosition> last_lines(int fd, std::size_t count, std::uint64_t end) {
  if (::lseek(fd, 0, SEEK_SET) != 0) throw std::system_error(errno, std::generic_category());
  std::vector<LinePosition> positions;
  positions.reserve(count);
  LineReader reader(fd, kOutputLineLimit);
  for (auto line = reader.next(); line.kind == LineReader::Kind::kLine && line.offset < end; line = reader.next()) {
    positions.push_back({read_output_index(line.text), line.offset, reader.position() - line.offset});
  }
  std::ranges::sort(positions, [](const LinePosition& one, const LinePosition& other) {
    return one.index != other.index ? one.index < other.index : one.offset < other.offset;
  });
  // From the end, so that the last of several is the one that stays.
  const auto rest =
      std::unique(positions.rbegin(), positions.rend(),
                  [](const LinePosition& one, const LinePosition& other) { return one.index == other.index; });
  positions.erase(positions.begin(), rest.base());
  return positions;
}

}  // namespace provider_host::cli
