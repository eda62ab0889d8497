#include "host/call_channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "host/protocol_violation.h"

namespace provider_host::host {
namespace {

constexpr std::size_t kReadSize = std::size_t{64} << 10;

}  // namespace

void CallChannel::set_frame_limit(std::size_t limit) { decoder_ = wire::FrameDecoder(limit); }

std::string_view CallChannel::next_frame() {
  switch (decoder_.next()) {
    case wire::FrameDecoder::Event::kFrame:
      return decoder_.payload();
    case wire::FrameDecoder::Event::kViolation:
      throw ProtocolViolation("the pool sent " + decoder_.violation());
    case wire::FrameDecoder::Event::kNeedMore:
      break;
  }
  return {};
}

CallChannel::Received CallChannel::receive(bool blocking) {
  const std::size_t room = std::max(kReadSize, decoder_.wanted());
  char* into = decoder_.prepare(room);
  const ssize_t count = ::recv(fd_.get(), into, room, blocking ? 0 : MSG_DONTWAIT);
  if (count > 0) {
    decoder_.fed(static_cast<std::size_t>(count));
    return Received::kBytes;
  }
  if (count < 0 && errno == EINTR) return Received::kInterrupted;
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Received::kNothingYet;
  if (count == 0 && !decoder_.at_boundary()) throw ProtocolViolation("the pool's bytes ended inside a frame");
  return Received::kEnd;
}

std::size_t CallChannel::start_sending(ByteBuffer& frame) {
  const auto header = wire::encode_header(frame.size() - wire::kHeaderSize);
  std::copy(header.begin(), header.end(), frame.data());
  const ssize_t count = ::send(fd_.get(), frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

void CallChannel::finish_sending(const ByteBuffer& frame, std::size_t offset) {
  while (offset < frame.size()) {
    const ssize_t count = ::send(fd_.get(), frame.data() + offset, frame.size() - offset, MSG_NOSIGNAL);
    if (count > 0) {
      offset += static_cast<std::size_t>(count);
    } else if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      pollfd writable{fd_.get(), POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (count < 0 && errno != EINTR) {
      return;
    }
  }
}

}  // namespace provider_host::host
