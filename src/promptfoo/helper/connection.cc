#include "promptfoo/helper/connection.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "platform/peer.h"
#include "process/stream.h"

namespace provider_host::promptfoo {
namespace {

using process::Transfer;

constexpr std::size_t kReadSize = std::size_t{64} << 10;

}  // namespace

Connection::Connection(Fd socket) : socket_(std::move(socket)) {
  ::fcntl(socket_.get(), F_SETFL, ::fcntl(socket_.get(), F_GETFL) | O_NONBLOCK);
}

std::optional<pid_t> Connection::peer() const {
  const auto peer = platform::peer_of(socket_.get());
  if (!peer || peer->user != ::geteuid()) return std::nullopt;
  return peer->pid;
}

bool Connection::wait_for(short events, std::chrono::milliseconds patience) const {
  pollfd entry{.fd = socket_.get(), .events = events, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&entry, 1, static_cast<int>(patience.count()));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

bool Connection::send(std::string_view payload, std::chrono::milliseconds patience,
                      const std::function<bool()>& gives_up) {
  const auto header = wire::encode_header(payload.size());
  const std::array<std::string_view, 2> parts = {std::string_view(header.data(), header.size()), payload};
  std::size_t sent = 0;
  while (sent < header.size() + payload.size()) {
    const auto [state, count] = process::send_some(socket_.get(), parts, sent);
    sent += count;
    if (state == Transfer::kRefused) return false;
    if (state == Transfer::kWouldBlock && !wait_for(POLLOUT, patience) && gives_up()) return false;
  }
  return true;
}

Connection::Event Connection::receive(std::chrono::milliseconds patience) {
  while (true) {
    switch (decoder_.next()) {
      case wire::FrameDecoder::Event::kFrame:
        return Event::kFrame;
      case wire::FrameDecoder::Event::kViolation:
        return Event::kEnd;
      case wire::FrameDecoder::Event::kNeedMore:
        break;
    }
    const std::size_t size = std::max(decoder_.bytes_needed(), kReadSize);
    const auto [state, count] = process::read_some(socket_.get(), decoder_.prepare(size), size);
    if (state == Transfer::kDone) decoder_.fed(count);
    if (state == Transfer::kEnd || state == Transfer::kRefused) return Event::kEnd;
    if (state == Transfer::kWouldBlock && !wait_for(POLLIN, patience)) return Event::kTimeout;
  }
}

bool Connection::is_closed() const {
  pollfd entry{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&entry, 1, 0) <= 0) return false;
  if ((entry.revents & (POLLHUP | POLLERR)) != 0) return true;
  char next = 0;
  return ::recv(socket_.get(), &next, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void Connection::refuse_more() { ::shutdown(socket_.get(), SHUT_RD); }

}  // namespace provider_host::promptfoo
