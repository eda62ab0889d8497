#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/messages.h"

namespace provider_host::host {

using Mode = wire::CallMode;

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
