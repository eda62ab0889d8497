#pragma once

#include <cstddef>
#include <cstdint>

#include "pool/host/call_channel.h"
#include "process/stream.h"

namespace provider_host::internal {

/// What there is on a leased channel.
enum class FrameSearch : std::uint8_t {
  kFound,    ///< The channel's decoder has a frame.
  kNothing,  ///< The host has nothing more to say now.
  kTimeUp,
  kEnded,      ///< The channel has.
  kViolation,  ///< The decoder says of what.
};

/// Looks for the next frame, among what has been read and what can be read soon. What has been read counts, however
/// late it is; the limit also holds for a host that always has something to say. Soon: while it is worth spinning, if
/// it `may_spin`, else now. Throws std::bad_alloc.
template <typename IsLate>
FrameSearch find_frame(CallChannel& channel, IsLate is_late, bool may_spin = true) {
  wire::FrameDecoder& decoder = channel.decoder();
  while (true) {
    const auto event = decoder.next();
    if (event == wire::FrameDecoder::Event::kFrame) return FrameSearch::kFound;
    if (event == wire::FrameDecoder::Event::kViolation) return FrameSearch::kViolation;
    if (is_late()) return FrameSearch::kTimeUp;
    const std::size_t size = next_read_size(decoder);
    char* const into = decoder.prepare(size);
    process::TransferResult read;
    const auto has_arrived = [&] {
      read = process::read_some(channel.fd(), into, size);
      return read.state != process::Transfer::kWouldBlock;
    };
    const bool arrived = may_spin ? channel.spin().until(has_arrived) : has_arrived();
    if (!arrived) return FrameSearch::kNothing;
    if (read.state != process::Transfer::kDone) return FrameSearch::kEnded;
    decoder.fed(read.count);
  }
}

}  // namespace provider_host::internal
