#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <thread>

#include "pool/call/call_state.h"
#include "provider_host/options.h"

namespace provider_host::internal {

/// Runs the callbacks of settled calls in the order of settling, on a thread of its own. So they may take their time
/// and use the pool, whose own thread never runs code of its users. With CallbackThread::kSettling they run where calls
/// settle instead.
class CallbackExecutor {
 public:
  /// Is told what a callback has thrown; any thread, also after this is gone. Must not throw.
  using Report = std::function<void(std::string_view what)>;

  CallbackExecutor(CallbackThread where, Report report);
  /// `close()`.
  ~CallbackExecutor();
  CallbackExecutor(const CallbackExecutor&) = delete;
  CallbackExecutor& operator=(const CallbackExecutor&) = delete;

  /// Due before a call with a callback can settle. Returns false when it is too late for that (close()). Throws
  /// std::system_error when no thread can be had. Any thread.
  [[nodiscard]] bool start();

  /// The callback of this call, which has settled and has one, is due. Needs no memory and waits for no callback. Any
  /// thread.
  void post(CallPtr call) noexcept;

  /// Returns when every callback that was posted before has returned; at once inside a callback. Any thread.
  void drain();

  /// Runs what is due and ends the thread. Inside a callback it does not wait: what is due runs afterwards, without
  /// this.
  void close();

 private:
  struct Line;
  static void run(const std::shared_ptr<Line>& line);
  static void run_here(CallPtr call, const Report& report) noexcept;

  const CallbackThread where_;
  const std::shared_ptr<Line> line_;  // shared with the thread, which may outlive this
  std::thread thread_;                // guarded by the mutex of line_ until close()
};

}  // namespace provider_host::internal
