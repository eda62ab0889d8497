#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace provider_host::internal {

/// Why a host was replaced.
enum class RestartCause : std::uint8_t {
  kCrash,         ///< It died.
  kUnresponsive,  ///< The code of a call that timed out or was cancelled did not end.
  kFailedStart,   ///< It was given up before it was ready.
  kViolation,     ///< It broke the frame protocol.
  kCallLimit,     ///< It had served `max_calls_per_host` calls.
  kMemoryLimit,   ///< It had grown beyond `max_rss`.
  kReload,        ///< It had former code.
  kNone,          ///< The pool ends, or the host is already replaced; not counted.
};

inline constexpr std::array<std::string_view, 7> kRestartCauseNames{
    "crash", "unresponsive", "failed_start", "protocol_error", "call_limit", "memory_limit", "reload"};
inline constexpr std::size_t kRestartCauses = kRestartCauseNames.size() + 1;

}  // namespace provider_host::internal
