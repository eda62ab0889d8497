#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_buffer.h"

namespace provider_host::wire {

/// Frames as docs/protocol.md defines them: 4 bytes of big-endian length, then that many bytes of UTF-8.
inline constexpr std::size_t kHeaderSize = 4;
inline constexpr std::size_t kDefaultFrameLimit = std::size_t{256} << 20;
/// Deepest nesting of a value in a call or a result; the message around it adds up to 24 levels.
inline constexpr std::size_t kMaxValueDepth = 1000;
inline constexpr std::size_t kMaxFrameDepth = 1024;

/// The header of a payload of `size` bytes; `size` must fit into 32 bits.
std::array<char, kHeaderSize> encode_header(std::size_t size);

/// Cuts a byte stream into frames: feed bytes, pull events. Owns no descriptor, clock or thread. After kViolation it
/// stays there; nothing more is read from the stream. Not thread-safe.
///
///   while (bytes arrive) {
///     char* space = decoder.prepare(n);   // read(2) straight into it
///     decoder.fed(count);
///     while (decoder.next() == Event::kFrame) use(decoder.payload());
///   }
class FrameDecoder {
 public:
  enum class Event : std::uint8_t { kNeedMore, kFrame, kViolation };

  /// Who checks that a payload is UTF-8: the decoder, or its parser.
  enum class Utf8Check : std::uint8_t { kHere, kByParser };

  explicit FrameDecoder(std::size_t frame_limit = kDefaultFrameLimit, Utf8Check check = Utf8Check::kHere)
      : limit_(frame_limit), utf8_check_(check) {}

  /// Space for at least `size` more bytes; invalidates payload().
  char* prepare(std::size_t size);
  /// How many bytes were written into the prepared space.
  void fed(std::size_t count) {
    buffer_.commit(count);
    bytes_fed_ += count;
  }
  /// prepare + copy + fed.
  void feed(std::string_view bytes);

  /// The next event. kFrame: payload() is the frame until the next call of next(), prepare() or feed().
  Event next();

  /// How many bytes it has got since it was made.
  [[nodiscard]] std::uint64_t bytes_fed() const { return bytes_fed_; }

  /// Whether next() will give another frame, or a violation, without more bytes.
  [[nodiscard]] bool has_next() const;

  /// How many more bytes complete the current frame, or its header. A hint for the size of the next read.
  [[nodiscard]] std::size_t bytes_needed() const;

  /// The payload of the frame that next() just returned, followed by ByteBuffer::kPadding readable bytes.
  [[nodiscard]] std::string_view payload() const { return {buffer_.data() + begin_ + kHeaderSize, payload_size_}; }

  /// Moves out the memory of the frame that next() just returned, so that a large one need not be copied. The earlier
  /// payload() stays valid as long as that memory. Nothing when the memory holds too much other data.
  std::optional<ByteBuffer> release_frame();

  /// True between two frames: an end of file here is no violation.
  [[nodiscard]] bool at_boundary() const {
    return begin_ == buffer_.size() || (consumed_ && end_of_frame() == buffer_.size());
  }

  /// The bytes that no frame was made of yet.
  [[nodiscard]] std::string_view unread() const { return buffer_.view().substr(consumed_ ? end_of_frame() : begin_); }

  /// What was wrong, for a person; empty unless next() said kViolation.
  [[nodiscard]] const std::string& violation() const { return violation_; }

 private:
  Event fail(std::string what);
  void drop_consumed();
  [[nodiscard]] std::size_t end_of_frame() const { return begin_ + kHeaderSize + payload_size_; }
  [[nodiscard]] std::optional<std::size_t> announced_at(std::size_t start) const;

  std::size_t limit_;
  Utf8Check utf8_check_;
  ByteBuffer buffer_;
  std::size_t begin_ = 0;         // where the current frame starts in buffer_
  std::size_t payload_size_ = 0;  // of the frame that next() returned
  std::uint64_t bytes_fed_ = 0;
  bool consumed_ = false;  // next() returned the frame at begin_; it goes at the next call
  std::string violation_;
};

}  // namespace provider_host::wire
