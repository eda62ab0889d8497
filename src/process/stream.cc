#include "process/stream.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "platform/send_flags.h"

namespace provider_host::process {

TransferResult read_some(int fd, char* into, std::size_t size) {
  while (true) {
    const ssize_t count = ::read(fd, into, size);
    if (count > 0) return {Transfer::kDone, static_cast<std::size_t>(count)};
    if (count == 0) return {Transfer::kEnd, 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {Transfer::kWouldBlock, 0};
    return {Transfer::kRefused, 0};
  }
}

TransferResult send_some(int socket, std::span<const std::string_view> parts, std::size_t offset) {
  std::array<iovec, kMaxParts> vectors;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled as far as used
  std::size_t used = 0;
  for (const std::string_view part : parts) {
    if (offset >= part.size()) {
      offset -= part.size();
      continue;
    }
    vectors[used++] = {const_cast<char*>(part.data()) + offset, part.size() - offset};
    offset = 0;
    if (used == vectors.size()) break;
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(used);  // POSIX: int
  while (true) {
    const ssize_t count = ::sendmsg(socket, &message, platform::kNoSignal | MSG_DONTWAIT);
    if (count >= 0) return {Transfer::kDone, static_cast<std::size_t>(count)};
    if (errno == EINTR) continue;
    // The kernel has no memory for it at the moment: nothing is wrong with the socket.
    const bool no_memory = errno == ENOBUFS || errno == ENOMEM;
    if (no_memory || errno == EAGAIN || errno == EWOULDBLOCK) return {Transfer::kWouldBlock, 0};
    return {Transfer::kRefused, 0};
  }
}

}  // namespace provider_host::process
