#pragma once

#include <chrono>

#include "host/calls/call_channel.h"
#include "host/calls/response_writer.h"
#include "wire/response_ring.h"

namespace provider_host::host {

/// Sends the responses of calls that run one after the other. That of a quick call, with another call waiting behind
/// it, is put into the response ring, where the pool finds it; so several are sent with one system call, or taken by
/// the pool with none. What the channel no longer takes is left there for the pool. Nothing else stays there while the
/// host waits for calls, or when a call was slow. Needs the GIL, which it releases while it waits.
class ResponseSender {
 public:
  /// Both outlive this; nothing else sends over `channel` from now on.
  ResponseSender(CallChannel& channel, wire::ResponseRing& ring) : channel_(channel), ring_(ring) {
    ring_.restart(channel.bytes_sent());
  }

  using Clock = std::chrono::steady_clock;

  /// Sends what `writer` holds, now or with the next responses. `began`: when its call began. False when the channel
  /// takes no more.
  [[nodiscard]] bool send(ResponseWriter& writer, Clock::time_point began);
  /// Sends at once what `writer` holds, the next message of a call that goes on. False as for send().
  [[nodiscard]] bool send_at_once(ResponseWriter& writer);
  /// Sends what is in the ring. Due before anything that may take long.
  void flush();

 private:
  void send_alone(std::string_view frame);
  bool send_now(std::string_view bytes);

  CallChannel& channel_;
  wire::RingWriter ring_;
  Clock::time_point since_;  // when the first call began whose response is in the ring
  // Since something was sent. Code that has closed the channel since then is not known, so what comes after it must not
  // be lost with the channel.
  bool has_collected_ = false;
  bool is_open_ = true;
};

}  // namespace provider_host::host
