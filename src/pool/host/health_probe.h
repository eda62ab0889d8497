#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "platform/shared_memory.h"
#include "pool/reactor/clock.h"
#include "provider_host/stats.h"
#include "wire/crash_record.h"
#include "wire/host_memory.h"
#include "wire/recall_word.h"

namespace provider_host::internal {

/// The memory that a host shares with the pool, and the results of health probes in it. It outlives the host. The
/// reactor thread counts probes; any thread reads.
class HealthProbe {
 public:
  /// `memory` is a wire::HostMemory.
  explicit HealthProbe(platform::SharedMemory memory) : memory_(std::move(memory)) {}

  /// What the host records while it lives.
  [[nodiscard]] const wire::CrashRecord& record() const { return shared().record; }

  /// See CallRecall.
  wire::RecallWord& recall_word() { return shared().record.recall; }

  /// What the host has written and not sent. The reactor thread.
  wire::ResponseRing& responses() { return shared().responses; }

  /// How many calls the host has ahead of their turn. The reactor thread sets it; any thread reads.
  void set_calls_ahead(std::size_t calls) { calls_ahead_.store(calls, std::memory_order_relaxed); }
  [[nodiscard]] std::size_t calls_ahead() const { return calls_ahead_.load(std::memory_order_relaxed); }

  /// Another probe is sent; returns its number. The reactor thread.
  std::uint64_t next(TimePoint now);
  /// The result of the last probe. A level that has not responded yet counts from when the oldest probe was sent to
  /// which it did not. A probe that the control thread has not seen waits for the GIL as any other, until that thread
  /// counts as silent.
  [[nodiscard]] HostHealth health(TimePoint now) const;

 private:
  // Of one level.
  struct Open {
    std::atomic<TimePoint> since{};  // when the oldest probe without a response was sent
    std::uint64_t oldest = 0;        // its number; of the reactor thread
  };
  void open(Open& level, bool is_answered, TimePoint now);
  [[nodiscard]] wire::HostMemory& shared() const { return *static_cast<wire::HostMemory*>(memory_.data()); }

  platform::SharedMemory memory_;
  std::atomic<std::uint64_t> sent_ = 0;
  Open process_;
  Open gil_;
  Open loop_;
  std::atomic<std::size_t> calls_ahead_ = 0;
};

}  // namespace provider_host::internal
