#include "host/calls/response_sender.h"

#include "host/calls/send_response.h"

namespace provider_host::host {
namespace {

// Half of the work that the pool sends ahead (CallWindow::kLookahead): it can send more before the host has none left.
constexpr std::chrono::microseconds kMaxAge{200};

}  // namespace

bool ResponseSender::send(ResponseWriter& writer, Clock::time_point began) {
  CallChannel::fill_header(writer.frame());
  const std::string_view frame = writer.frame().view();
  const bool others_follow = channel_.has_frame();
  const bool is_first = ring_.empty();
  if ((others_follow || has_collected_) && ring_.add(frame)) {
    has_collected_ = true;
    if (is_first) since_ = began;
    if (!others_follow || Clock::now() - since_ >= kMaxAge) flush();
  } else {
    flush();
    send_alone(frame);
  }
  writer.release();
  return is_open_;
}

bool ResponseSender::send_at_once(ResponseWriter& writer) {
  CallChannel::fill_header(writer.frame());
  flush();
  send_alone(writer.frame().view());
  writer.release();
  return is_open_;
}

void ResponseSender::flush() {
  for (const std::string_view part : ring_.claim()) {
    if (!part.empty()) send_now(part);
  }
}

void ResponseSender::send_alone(std::string_view frame) {
  if (send_now(frame)) {
    ring_.skip(frame.size());
  } else {
    ring_.add(frame);  // a part of it may have been sent
  }
}

bool ResponseSender::send_now(std::string_view bytes) {
  is_open_ = is_open_ && send_bytes(channel_, bytes);
  has_collected_ = false;
  return is_open_;
}

}  // namespace provider_host::host
