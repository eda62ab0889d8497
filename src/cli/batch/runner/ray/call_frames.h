#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provider_host/call.h"
#include "provider_host/error.h"

namespace provider_host::cli {

/// The frames of calls that are sent together. One thread.
class CallFrames {
 public:
  /// `limit`: bytes of a frame; the bridge would take a larger one for the end of all.
  explicit CallFrames(std::size_t limit) : limit_(limit) {}

  /// Adds a call; returns why it cannot be sent, and then adds nothing.
  [[nodiscard]] std::optional<Error> add(std::uint64_t id, const Call& call);
  void clear();

  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  /// How many whole frames the first `size` bytes have.
  [[nodiscard]] std::size_t whole_frames(std::size_t size) const;
  /// `size`, or more to the end of the frame that is begun there.
  [[nodiscard]] std::size_t up_to_frame_end(std::size_t size) const;

 private:
  const std::size_t limit_;
  std::string bytes_;                       // kept for its memory
  std::vector<std::size_t> boundaries_{0};  // where frames begin, and the end of the last
};

}  // namespace provider_host::cli
