#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

#include "base/mutex.h"
#include "provider_host/pool.h"

namespace provider_host::cli {

/// The calls and inspections of a pipe that have no response yet, by the client's ids. One thread adds and cancels;
/// any may remove.
class UnfinishedCalls {
 public:
  /// False when there is one with that id.
  bool add(std::uint64_t id);
  /// Sets the handle by which a call is cancelled. It may have been removed already.
  void attach(std::uint64_t id, Pending pending);
  /// Calls `respond` and removes the call in one step: a client that has its response may use the id again, and when
  /// none is left every response was given. Returns whether none is left.
  bool finish(std::uint64_t id, const std::function<void()>& respond);

  /// Nothing happens when there is none with that id.
  void cancel(std::uint64_t id);
  /// Cancels those that no host has. Then none begins any more (see withdrawal.h).
  void withdraw_all();
  /// Whether it was cancelled and has no handle: an inspection.
  [[nodiscard]] bool is_cancelled(std::uint64_t id) const;

  [[nodiscard]] bool empty() const;

 private:
  struct Entry {
    std::optional<Pending> pending;
    bool cancelled = false;
  };
  mutable Mutex mutex_;
  std::unordered_map<std::uint64_t, Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace provider_host::cli
