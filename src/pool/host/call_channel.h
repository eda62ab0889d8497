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

/// The stream for the calls and responses of a host. One thread uses it at a time: the reactor thread, or the caller
/// that leases it (HostLeases).
class CallChannel {
 public:
  /// `frame_limit` in bytes.
  CallChannel(Fd fd, std::size_t frame_limit)
      : fd_(std::move(fd)), decoder_(frame_limit, wire::FrameDecoder::Utf8Check::kByParser) {}

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// Of the control channel of the same host, where small frames may be sent at any time.
  [[nodiscard]] int control_fd() const { return control_fd_; }
  void set_control_fd(int fd) { control_fd_ = fd; }
  wire::FrameDecoder& decoder() { return decoder_; }
  Spin& spin() { return spin_; }

  /// The call is sent now; gives it its number among the calls of this host.
  void on_send(CallState& call) {
    call.sequence = ++last_sequence_;
    sent_.fetch_add(1, std::memory_order_relaxed);
    highest_id_ = std::max(highest_id_, call.id);
  }
  /// A call was taken back before it began.
  void on_recall() { sent_.fetch_sub(1, std::memory_order_relaxed); }
  /// The number of the call that was sent last.
  [[nodiscard]] std::uint64_t last_sequence() const { return last_sequence_; }
  /// How many calls the host has got and not given back. Any thread.
  [[nodiscard]] std::uint64_t sent() const { return sent_.load(std::memory_order_relaxed); }
  /// The host has responded to a call.
  void on_response() { responses_.fetch_add(1, std::memory_order_relaxed); }
  /// Any thread.
  [[nodiscard]] std::uint64_t responses() const { return responses_.load(std::memory_order_relaxed); }

  void on_ready() { is_ready_ = true; }
  /// The host may say that it is a template.
  void expect_template() { stage_ = Stage::kMayBeTemplate; }
  /// It has: it forks hosts from now on, and gets no calls.
  void on_template() { stage_ = Stage::kTemplate; }
  /// It has said that it cannot be one: it is a host.
  void on_unforkable() { stage_ = Stage::kHost; }
  /// The host has said that it takes calls.
  [[nodiscard]] bool is_ready() const { return is_ready_; }

  /// Why this message is a protocol violation now; empty when it is none. A late response to a call that the host once
  /// got is no violation.
  [[nodiscard]] std::string violation_of(const wire::HostMessage& message) const;

  /// How it ended, for a person.
  [[nodiscard]] std::string end() const {
    return decoder_.at_boundary() ? "closed its call channel" : "closed its call channel inside a frame";
  }

  /// The host ends when it has responded to the calls that it has.
  void close_writing() const;
  /// Shuts the channel down: its reader finds its end. Any thread.
  void cut() const;

 private:
  enum class Stage : std::uint8_t { kHost, kMayBeTemplate, kTemplate };

  Fd fd_;
  int control_fd_ = -1;
  wire::FrameDecoder decoder_;
  Spin spin_;
  std::atomic<std::uint64_t> sent_ = 0;
  std::atomic<std::uint64_t> responses_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t highest_id_ = 0;  // of all calls sent
  bool is_ready_ = false;
  Stage stage_ = Stage::kHost;
};

/// The outcome of a result message that `decoder` has just given out; `json` is part of its payload.
Outcome success_of(wire::FrameDecoder& decoder, std::string_view json);

/// How many bytes the next read should ask for: what the current frame lacks, within bounds.
std::size_t next_read_size(const wire::FrameDecoder& decoder);

}  // namespace provider_host::internal
