#include "host/template/fork_channel.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "host/health/crash_recorder.h"
#include "host/id_message.h"
#include "host/protocol_violation.h"

namespace provider_host::host {
namespace {

constexpr std::size_t kRequestSize = 4096;

// The descriptors that came with a message.
void take_descriptors(msghdr& message, std::deque<Fd>& into) {
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(each) + i * sizeof fd, sizeof fd);
      into.emplace_back(fd);
    }
  }
}

}  // namespace

std::optional<TemplateRequest> ForkChannel::next() {
  switch (decoder_.next()) {
    case wire::FrameDecoder::Event::kNeedMore:
      return std::nullopt;
    case wire::FrameDecoder::Event::kViolation:
      throw ProtocolViolation("the pool sent " + decoder_.violation());
    case wire::FrameDecoder::Event::kFrame:
      break;
  }
  if (const auto forked = id_after(decoder_.payload(), R"({"type":"fork","id":)")) {
    return TemplateRequest{*forked, take_ends()};
  }
  if (const auto reaped = id_after(decoder_.payload(), R"({"type":"reap","id":)")) {
    return TemplateRequest{*reaped, std::nullopt};
  }
  throw ProtocolViolation("an unknown message to a template");
}

HostEnds ForkChannel::take_ends() {
  if (descriptors_.size() < HostEnds::kCount) throw ProtocolViolation("a fork without its descriptors");
  HostEnds ends;
  for (Fd* const end : {&ends.call, &ends.control, &ends.diagnostics, &ends.memory, &ends.out, &ends.err}) {
    *end = std::move(descriptors_.front());
    descriptors_.pop_front();
  }
  return ends;
}

// The kernel ends a read behind the bytes that carried descriptors, so they belong to the last message at most.
bool ForkChannel::receive() {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(HostEnds::kCount * sizeof(int))> control{};
  iovec bytes{decoder_.prepare(kRequestSize), kRequestSize};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t count = ::recvmsg(fd_, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (count < 0 && (errno == EBADF || errno == ENOTSOCK)) exit_without_channels();
  if (count < 0) return errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK;
  take_descriptors(message, descriptors_);
  if ((message.msg_flags & MSG_CTRUNC) != 0) throw ProtocolViolation("a fork whose descriptors could not be received");
  decoder_.fed(static_cast<std::size_t>(count));
  return count > 0;
}

}  // namespace provider_host::host
