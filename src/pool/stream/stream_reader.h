#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "pool/call/call_state.h"
#include "pool/interrupt.h"
#include "process/process_mark.h"
#include "provider_host/outcome.h"
#include "provider_host/stream.h"

namespace provider_host::internal {

/// The implementation of Stream: reads the items of a call, from its host (StreamPath) or as the reactor queues them
/// (StreamItems). In a forked child nothing of the pool may be touched: reading throws std::logic_error, and closing
/// does nothing.
class StreamReader {
 public:
  /// Once, before anything else.
  void set(CallPtr call) noexcept { call_ = std::move(call); }

  [[nodiscard]] std::uint64_t id() const { return call_->id; }
  /// See Stream.
  std::optional<Item> next(const Interrupted& interrupted);
  std::optional<Item> try_next();
  [[nodiscard]] bool ended() const;
  const Outcome& outcome();
  void close() noexcept;

 private:
  CallPtr call_;
  const process::ProcessMark process_;
};

}  // namespace provider_host::internal
