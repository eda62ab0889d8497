#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pool/call/call_state.h"
#include "provider_host/outcome_sink.h"

namespace provider_host::internal {

class PoolCore;

/// Calls that are submitted together, in one piece of memory. Memory that one thread allocates and another frees is
/// expensive, and a call on its own needs several pieces. A block lives as long as somebody has one of its calls, so
/// it is small.
class CallBlock {
 public:
  /// How many of the first calls belong into one block; at least one.
  static std::size_t size_for(std::span<const TaggedCall> calls);

  /// For these calls, which add() makes of them. `sink` gets the outcomes; it may be null.
  CallBlock(std::span<const TaggedCall> calls, std::weak_ptr<PoolCore> pool, std::shared_ptr<OutcomeSink> sink);

  /// Makes the next call. At most as many as there were in the constructor. When it throws, the block has no such call.
  CallState& add(std::uint64_t id, Submission submission, const CallLimits& limits, TimePoint now, std::uint64_t tag);

  [[nodiscard]] const std::weak_ptr<PoolCore>& pool() const { return pool_; }

  /// While there are calls whose outcome it has not got.
  [[nodiscard]] const std::shared_ptr<OutcomeSink>& sink() const { return sink_; }
  /// The sink is about to get the outcome of one of the calls. Any thread.
  void on_told() {
    if (untold_.fetch_sub(1, std::memory_order_acq_rel) == 1) sink_ = nullptr;
  }

  /// For frames. What is appended stays where it is as long as it fits into the capacity.
  std::string& text() { return text_; }
  /// Whether the frame of this call belongs there, and fits.
  [[nodiscard]] bool has_space_for(std::string_view function, std::size_t args_size) const;

 private:
  const std::weak_ptr<PoolCore> pool_;
  std::shared_ptr<OutcomeSink> sink_;
  std::string text_;
  const std::unique_ptr<std::optional<CallState>[]> calls_;  // NOLINT(modernize-avoid-c-arrays): none ever moves
  std::size_t size_ = 0;
  std::atomic<std::size_t> untold_;
};

}  // namespace provider_host::internal
