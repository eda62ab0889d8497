#pragma once

#include <provider_host/pool.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "faults/checks/item_log.h"
#include "faults/reading.h"

namespace provider_host::chaos {

/// What the callbacks of one stream and the caller that has made it share. Any thread.
class CallbackStream {
 public:
  CallbackStream(ItemLog log, Reading reading) : log_(std::move(log)), reading_(reading) {}

  /// The stream was made: it can be closed from now on.
  void start(const Pending& pending);
  /// For its callback, on a thread of the pool's. False: the outcome came before.
  [[nodiscard]] bool add(const Item& item);
  /// The outcome has come.
  void end();
  /// Waits for that; its items then.
  const ItemLog& wait_for_end();

 private:
  void close_if_due(std::unique_lock<std::mutex> lock);

  std::mutex mutex_;
  std::condition_variable ended_;
  ItemLog log_;  // protected by mutex_
  const Reading reading_;
  std::optional<Pending> pending_;  // protected by mutex_
  bool has_ended_ = false;          // protected by mutex_
};

}  // namespace provider_host::chaos
