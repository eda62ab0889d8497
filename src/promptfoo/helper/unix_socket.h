#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <optional>

#include "base/fd.h"
#include "platform/close_on_exec.h"
#include "platform/pipes.h"

namespace provider_host::promptfoo {

/// The address of a Unix socket; nothing when the path is too long for one.
inline std::optional<sockaddr_un> socket_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
  return address;
}

/// A new one, non-blocking and close-on-exec; empty when there can be none.
inline Fd unix_socket() {
  Fd socket(platform::socket_close_on_exec(AF_UNIX, SOCK_STREAM));
  if (socket) platform::make_non_blocking(socket);
  return socket;
}

}  // namespace provider_host::promptfoo
