#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "cli/io/byte_source.h"

namespace provider_host::cli {

/// Splits the bytes of a source into lines, in memory bounded by `limit`.
class LineReader {
 public:
  enum class Kind : std::uint8_t {
    kLine,     ///< `text` is the line.
    kTooLong,  ///< The line had more than `limit` bytes and was dropped.
    kEnd,      ///< There are no more lines.
    kStopped,  ///< The source was stopped.
  };
  struct Line {
    Kind kind = Kind::kEnd;
    std::string_view text;     ///< Without its end, "\n" or "\r\n"; valid until the next call.
    bool terminated = true;    ///< False for a last line without an end.
    std::uint64_t offset = 0;  ///< Of its first byte, from where reading began.
  };

  LineReader(std::unique_ptr<ByteSource> source, std::size_t limit) : source_(std::move(source)), limit_(limit) {}
  /// `stop_fd`: a descriptor whose readability ends every wait, or -1.
  LineReader(int fd, std::size_t limit, int stop_fd = -1)
      : LineReader(std::make_unique<DescriptorSource>(fd, stop_fd), limit) {}

  /// Waits for the next line. A byte order mark (UTF-8) at the very start is dropped. Throws what the source throws.
  Line next();

  /// Bytes returned so far, line ends included.
  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  ByteSource::Status fill();
  Line take(std::size_t length, std::size_t end_size);

  const std::unique_ptr<ByteSource> source_;
  const std::size_t limit_;
  std::string buffer_;
  std::size_t start_ = 0;    // of what was not given out yet
  std::size_t scanned_ = 0;  // from start_: bytes known to hold no "\n"
  std::uint64_t dropped_ = 0;
  std::uint64_t position_ = 0;
  bool at_end_ = false;
};

}  // namespace provider_host::cli
