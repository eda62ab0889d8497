#include "host/calls/call_channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "host/health/crash_recorder.h"
#include "host/protocol_violation.h"

namespace provider_host::host {
namespace {

constexpr std::size_t kReadSize = std::size_t{128} << 10;

// Whether the descriptor is no longer the channel. Call it right after the system call.
bool is_lost(ssize_t count) { return count < 0 && (errno == EBADF || errno == ENOTSOCK); }

}  // namespace

void CallChannel::restart() {
  decoder_ = wire::FrameDecoder();
  bytes_sent_ = 0;
}

void CallChannel::set_frame_limit(std::size_t limit) {
  decoder_ = wire::FrameDecoder(limit, wire::FrameDecoder::Utf8Check::kByParser);  // simdjson does it
}

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

CallChannel::Received CallChannel::receive_soon() {
  Received received = Received::kNothingYet;
  spin_.until([&] {
    received = receive(false);
    return received != Received::kNothingYet;
  });
  return received;
}

CallChannel::Received CallChannel::receive(bool blocking) {
  const std::size_t capacity = std::max(kReadSize, decoder_.bytes_needed());
  char* into = decoder_.prepare(capacity);
  const ssize_t count = ::recv(fd_.get(), into, capacity, blocking ? 0 : MSG_DONTWAIT);
  if (count > 0) {
    decoder_.fed(static_cast<std::size_t>(count));
    return Received::kBytes;
  }
  if (count < 0 && errno == EINTR) return Received::kInterrupted;
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Received::kNothingYet;
  if (is_lost(count)) exit_without_channels();
  if (count == 0 && !decoder_.at_boundary()) throw ProtocolViolation("the pool's bytes ended inside a frame");
  return Received::kEnd;
}

void CallChannel::fill_header(ByteBuffer& frame) {
  const auto header = wire::encode_header(frame.size() - wire::kHeaderSize);
  std::copy(header.begin(), header.end(), frame.data());
}

std::size_t CallChannel::start_sending(std::string_view bytes) {
  const ssize_t count = send_now(bytes);
  if (count <= 0) return 0;
  bytes_sent_ += static_cast<std::size_t>(count);
  return static_cast<std::size_t>(count);
}

ssize_t CallChannel::send_now(std::string_view bytes) const {
  return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool CallChannel::finish_sending(std::string_view bytes, std::size_t offset) {
  while (offset < bytes.size()) {
    ssize_t count = 0;
    const bool moved = spin_.until([&] {
      count = send_now(bytes.substr(offset));
      return count >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
    });
    if (!moved) {
      pollfd writable{fd_.get(), POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (is_lost(count)) {
      exit_without_channels();
    } else if (count < 0) {
      return false;
    } else {
      offset += static_cast<std::size_t>(count);
      bytes_sent_ += static_cast<std::size_t>(count);
    }
  }
  return true;
}

}  // namespace provider_host::host
