#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

#include "base/byte_buffer.h"
#include "base/fd.h"
#include "base/spin.h"
#include "wire/frame_codec.h"

namespace provider_host::host {

/// Frames over the call channel. One thread receives; sending may happen on any thread, one at a time. Knows nothing of
/// Python: whoever holds the GIL decides whether to keep it while waiting.
class CallChannel {
 public:
  enum class Received : std::uint8_t { kBytes, kEnd, kInterrupted, kNothingYet };

  explicit CallChannel(Fd fd) : fd_(std::move(fd)) {}

  [[nodiscard]] int fd() const { return fd_.get(); }

  /// The descriptor is another channel from now on, of which nothing is received or sent yet.
  void restart();

  /// From the first frame on, the limit is what the start message says.
  void set_frame_limit(std::size_t limit);

  /// The next whole frame among the bytes received; empty when more bytes are needed. Valid until the next member call.
  /// Throws ProtocolViolation.
  std::string_view next_frame();

  /// Whether next_frame() would give another frame without more bytes.
  [[nodiscard]] bool has_frame() const { return decoder_.has_next(); }

  /// Reads what is there, or comes within microseconds; kNothingYet otherwise.
  Received receive_soon();

  /// Reads once; waits for bytes when `blocking`. kEnd is an end between two frames; one inside a frame throws
  /// ProtocolViolation. kInterrupted: a signal came.
  Received receive(bool blocking = true);

  /// Fills in the header at the start of a frame: the first wire::kHeaderSize bytes are reserved for it.
  static void fill_header(ByteBuffer& frame);

  /// Sends `bytes`, whole frames, as far as it goes without waiting. Returns how much was sent: less than its size
  /// means that finish_sending() is due.
  std::size_t start_sending(std::string_view bytes);
  /// Sends the rest from `offset`, waiting as needed. When the pool is gone the rest is dropped, and false returned;
  /// receive() reports it.
  bool finish_sending(std::string_view bytes, std::size_t offset);
  /// How many bytes were sent in all.
  [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_sent_; }

 private:
  ssize_t send_now(std::string_view bytes) const;

  Fd fd_;
  wire::FrameDecoder decoder_;
  Spin spin_;
  std::uint64_t bytes_sent_ = 0;
};

}  // namespace provider_host::host
