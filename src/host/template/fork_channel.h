#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/fd.h"
#include "wire/frame_codec.h"

namespace provider_host::host {

/// The host's ends of everything between it and the pool, in the order in which a `fork` message carries them.
struct HostEnds {
  Fd call;
  Fd control;
  Fd diagnostics;
  Fd memory;
  Fd out;
  Fd err;

  static constexpr std::size_t kCount = 6;
};

/// What the pool requests of a template: to fork a host with these ends, or to reap one.
struct TemplateRequest {
  std::uint64_t id = 0;
  std::optional<HostEnds> ends;  ///< Of the host to be; none: reap.
};

/// The template's side of the call channel (docs/protocol.md, "The template"), with the descriptors that messages
/// carry. Main thread.
class ForkChannel {
 public:
  /// `fd` stays open; nothing that was received from it is missing here.
  explicit ForkChannel(int fd) : fd_(fd) {}

  [[nodiscard]] int fd() const { return fd_; }

  /// The next request; nothing when more bytes are needed. Throws ProtocolViolation.
  std::optional<TemplateRequest> next();

  /// Reads once without waiting; false at the end of the channel. Throws ProtocolViolation.
  bool receive();

 private:
  HostEnds take_ends();

  int fd_;
  wire::FrameDecoder decoder_{4096};
  std::deque<Fd> descriptors_;  // that came with messages which next() has not returned yet
};

}  // namespace provider_host::host
