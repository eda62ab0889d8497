#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace provider_host::host {

/// The first frame of docs/protocol.md: what this host is to be.
struct StartMessage {
  bool is_template = false;  ///< It is to make hosts, not to run calls.
  std::string python;
  std::string script;
  unsigned concurrency = 1;
  std::size_t frame_limit = 0;
  bool nan_as_null = false;
  bool replace_surrogates = false;
  bool bytes_as_base64 = false;
  bool uvloop = false;
  std::uint64_t memory_limit = 0;  ///< Bytes; 0: none.
  bool core_dumps = false;
  bool no_new_privs = false;
  std::optional<unsigned> umask;
};

/// Reads it; `payload` must have ByteBuffer::kPadding readable bytes behind it. Throws ProtocolViolation.
StartMessage read_start_message(std::string_view payload);

}  // namespace provider_host::host
