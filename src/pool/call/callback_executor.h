#pragma once

#include <memory>
#include <thread>

#include "pool/call/outcome_delivery.h"
#include "provider_host/options.h"

namespace provider_host::internal {

/// Tells callbacks and sinks of settled calls, in the order of settling, on a thread of its own. So they may take their
/// time and use the pool, whose own thread never runs code of its users. With CallbackThread::kSettling they run where
/// calls settle instead.
class CallbackExecutor {
 public:
  /// Is told what user code has thrown; any thread, also after this is gone. Must not throw.
  using Report = OutcomeDelivery::Report;

  CallbackExecutor(CallbackThread where, Report report);
  /// `close()`.
  ~CallbackExecutor();
  CallbackExecutor(const CallbackExecutor&) = delete;
  CallbackExecutor& operator=(const CallbackExecutor&) = delete;

  /// Due before a call with a callback can settle. Returns false when it is too late for that (close()). Throws
  /// std::system_error when no thread can be had. Any thread.
  [[nodiscard]] bool start();

  /// These calls have settled and are to be told of; takes them from the list. Needs no memory. With kSettling it
  /// returns when they have been, in a forked child perhaps: then what is left in the list is the parent's. Else it
  /// waits for no callback, unless the thread has ended since a callback has called close(). Any thread.
  void post(SettledCalls& calls) noexcept;

  /// Returns when every callback that was posted before has returned; at once inside a callback. Any thread.
  void drain();

  /// Runs what is due and ends the thread. Inside a callback it does not wait: what is due runs afterwards, without
  /// this.
  void close();

 private:
  struct Line;
  bool append(SettledCalls& calls) noexcept;
  static void run(const std::shared_ptr<Line>& line);
  static void run_here(SettledCalls& calls, const Line& line) noexcept;

  const CallbackThread where_;
  const std::shared_ptr<Line> line_;  // shared with the thread, which may outlive this
  std::thread thread_;                // guarded by the mutex of line_ until close()
};

}  // namespace provider_host::internal
