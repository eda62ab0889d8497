#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace provider_host::host {

/// What becomes of the items of a function that streams (docs/protocol.md, "Streams").
enum class Mode : std::uint8_t {
  kCall,     ///< They are joined.
  kStream,   ///< Each is sent as it comes.
  kWatched,  ///< They are joined, and `progress` says when one has come.
};

/// The `type` of the message that asks for it, by mode.
inline constexpr std::array<std::string_view, 3> kModeNames{"call", "stream", "watched"};

/// A `call`, `stream` or `watched` message cut into its fields, when it is written as the pool writes it: without
/// spaces, the function's name in ASCII without escapes. MessageFields reads it in any other form, at several times the
/// cost. Views point into the payload.
struct CallHead {
  Mode mode = Mode::kCall;
  std::uint64_t id = 0;  ///< From 1 to kMaxCallId.
  std::string_view function;
  std::string_view api;   ///< Any letters.
  std::string_view args;  ///< What stands between `"args":` and the last brace; not checked.

  /// Nothing when it is written in another way, or no call.
  static std::optional<CallHead> cut(std::string_view payload);
};

/// The highest id that a message may have.
inline constexpr std::uint64_t kMaxCallId = (std::uint64_t{1} << 53U) - 1;

}  // namespace provider_host::host
