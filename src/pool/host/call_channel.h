#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/fd.h"
#include "base/spin.h"
#include "pool/call/call_state.h"
#include "provider_host/outcome.h"
#include "wire/frame_codec.h"
#include "wire/messages.h"

namespace provider_host::internal {

/// The stream of a host over which calls and responses go. One side uses it at a time: the reactor's thread, or the
/// caller that leases it (HostLeases).
class CallChannel {
 public:
  /// `frame_limit` in bytes.
  CallChannel(Fd fd, std::size_t frame_limit) : fd_(std::move(fd)), decoder_(frame_limit) {}

  [[nodiscard]] int fd() const { return fd_.get(); }
  wire::FrameDecoder& decoder() { return decoder_; }
  Spin& spin() { return spin_; }

  /// The call is sent now; gives it its number among the calls of this host.
  void on_send(CallState& call) {
    call.sequence = sent() + 1;
    sent_.store(call.sequence, std::memory_order_relaxed);
    highest_id_ = std::max(highest_id_, call.id);
  }
  /// How many calls the host has got. Any thread.
  [[nodiscard]] std::uint64_t sent() const { return sent_.load(std::memory_order_relaxed); }
  /// A call was answered.
  void on_response() { responses_.fetch_add(1, std::memory_order_relaxed); }
  /// Any thread.
  [[nodiscard]] std::uint64_t responses() const { return responses_.load(std::memory_order_relaxed); }

  void on_ready() { is_ready_ = true; }
  /// The host has said that it takes calls.
  [[nodiscard]] bool is_ready() const { return is_ready_; }

  /// Why the host may not say this now; empty when it may. A late response to a call it once got is no violation.
  [[nodiscard]] std::string violation_of(const wire::HostMessage& message) const;

  /// How it ended, for a person.
  [[nodiscard]] std::string end() const {
    return decoder_.at_boundary() ? "closed its call channel" : "closed its call channel inside a frame";
  }

  /// The host ends when it has answered what it has.
  void close_writing() const;
  /// Whoever reads the channel finds its end. Any thread.
  void cut() const;

 private:
  Fd fd_;
  wire::FrameDecoder decoder_;
  Spin spin_;
  std::atomic<std::uint64_t> sent_ = 0;
  std::atomic<std::uint64_t> responses_ = 0;
  std::uint64_t highest_id_ = 0;  // of all calls sent
  bool is_ready_ = false;
};

/// The outcome of a result message that `decoder` has just given out; `json` is part of its payload.
Outcome success_of(wire::FrameDecoder& decoder, std::string_view json);

/// How many bytes the next read should have room for: what the frame begun lacks, within bounds.
std::size_t next_read_size(const wire::FrameDecoder& decoder);

}  // namespace provider_host::internal
