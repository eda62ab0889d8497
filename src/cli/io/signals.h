#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "base/mutex.h"

namespace provider_host::cli {

/// Handles SIGINT and SIGTERM on a thread of its own, so that handlers may lock and wait like any other code. SIGPIPE
/// and SIGXFSZ are ignored: writing fails instead. A SIGINT that was ignored before stays so. Construct it on the main
/// thread before any other thread starts; one at a time.
class Signals {
 public:
  /// `count` is 1 for the first signal, 2 for the second, and so on.
  using Handler = std::function<void(int count)>;

  /// Whether SIGHUP is handled too. Otherwise it does what it did.
  enum class Hangups : bool { kNo, kYes };

  /// Until the first `handle()`, a signal ends the process at once with exit code 130.
  explicit Signals(Hangups hangups = Hangups::kNo);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Replaces the handler; an empty one restores the initial behaviour. When this returns, the former handler no longer
  /// runs. Signals already counted are not delivered again. Must not be called by a handler.
  void handle(Handler handler);

  /// The same for SIGHUP, which is not counted. Without a handler it is ignored.
  void handle_hangup(std::function<void()> handler);

  /// The signal that was handled last, SIGINT or SIGTERM; 0: none.
  [[nodiscard]] int last() const { return last_; }

 private:
  void run(Hangups hangups);

  Mutex mutex_;
  Handler handler_ GUARDED_BY(mutex_);
  std::function<void()> hangup_handler_ GUARDED_BY(mutex_);
  std::atomic<int> last_ = 0;
  std::thread thread_;
};

/// Sets a handler for the life of a scope.
class SignalScope {
 public:
  SignalScope(Signals& signals, Signals::Handler handler) : signals_(signals) { signals_.handle(std::move(handler)); }
  ~SignalScope() { signals_.handle(nullptr); }
  SignalScope(const SignalScope&) = delete;
  SignalScope& operator=(const SignalScope&) = delete;

 private:
  Signals& signals_;
};

}  // namespace provider_host::cli
