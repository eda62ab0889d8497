#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace provider_host::process {

/// How a non-blocking transfer ended.
enum class Transfer : unsigned char {
  kDone,        ///< Bytes moved.
  kWouldBlock,  ///< Nothing can be moved now.
  kEnd,         ///< The peer closed in good order (reading only).
  kRefused,     ///< The peer is gone and did not read all data (ECONNRESET), or has closed its end (EPIPE).
};

struct TransferResult {
  Transfer state = Transfer::kDone;
  std::size_t count = 0;
};

/// Reads at most `size` bytes from a pipe or socket without waiting.
TransferResult read_some(int fd, char* into, std::size_t size);

inline constexpr std::size_t kMaxParts = 64;

/// Sends what it can of the parts, from byte `offset` of them all, to a socket, without waiting and without SIGPIPE;
/// considers the first kMaxParts that are left.
TransferResult send_some(int socket, std::span<const std::string_view> parts, std::size_t offset);

}  // namespace provider_host::process
