#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace provider_host::host {

class BootstrapModules;

/// Tells, through the crash record, how well this host is: at once that its control thread runs, then, from a thread of
/// its own, how long it had to wait for the GIL, and then how long the event loop took to run a callback. The thread is
/// there from the first probe on. Lives as long as the process.
class HealthProbe {
 public:
  using Clock = std::chrono::steady_clock;

  /// Python has started; before that only the first level is told.
  void set_bootstrap_modules(BootstrapModules& modules);

  /// Python is about to end: probes are no longer answered but for the first level.
  void end();

  /// The control thread: never waits. A probe that is still open is overtaken.
  void ask(std::uint64_t probe);

 private:
  /// Holds mutex_.
  void start();
  [[noreturn]] void run();
  /// With the GIL.
  void answer(std::uint64_t probe, Clock::time_point asked_at);

  std::mutex mutex_;
  std::condition_variable changed_;
  // protected by mutex_
  std::uint64_t asked_ = 0;
  Clock::time_point asked_at_{};
  bool started_ = false;
  BootstrapModules* modules_ = nullptr;
};

}  // namespace provider_host::host
