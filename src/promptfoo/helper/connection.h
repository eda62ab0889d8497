#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "wire/frame_codec.h"

namespace provider_host::promptfoo {

/// One end of a Unix socket between client and helper that carries frames. One thread at a time uses it. Times are
/// those without any progress.
class Connection {
 public:
  enum class Event : std::uint8_t { kFrame, kEnd, kTimeout };

  /// Takes over a connected socket and makes it non-blocking.
  explicit Connection(Fd socket);

  /// The process at the other end; nothing unless it is one of this user.
  [[nodiscard]] std::optional<pid_t> peer() const;

  /// Whether all of it was taken. After each `patience` without progress `gives_up` is asked.
  bool send(
      std::string_view payload, std::chrono::milliseconds patience,
      const std::function<bool()>& gives_up = [] { return true; });

  /// Waits for the next frame: payload() has it until the next call. kEnd also where the peer breaks the framing.
  Event receive(std::chrono::milliseconds patience);
  [[nodiscard]] std::string_view payload() const { return decoder_.payload(); }

  /// Whether the peer has closed its end. Does not wait.
  [[nodiscard]] bool is_closed() const;

  /// From now on every send of the peer fails. What it has sent before can still be received.
  void refuse_more();

 private:
  bool wait_for(short events, std::chrono::milliseconds patience) const;

  Fd socket_;
  wire::FrameDecoder decoder_;
};

}  // namespace provider_host::promptfoo
