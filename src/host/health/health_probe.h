#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace provider_host::host {

class BootstrapModules;

/// Reports the health of this host in the crash record, in three levels: that its control thread runs; how long a
/// thread of its own waited for the GIL; how long the event loop took to run a callback. The thread starts with the
/// first probe. Lives as long as the process.
class HealthProbe {
 public:
  using Clock = std::chrono::steady_clock;

  /// Python has started; before that only the first level is reported.
  void set_bootstrap_modules(BootstrapModules& modules);

  /// Python is about to end: from now on only the first level is reported.
  void end();

  /// Control thread. Never waits. Replaces a probe that is still open.
  void request(std::uint64_t probe);

 private:
  /// Holds mutex_.
  void start();
  [[noreturn]] void run();
  /// With the GIL.
  void respond(std::uint64_t probe, Clock::time_point requested_at);

  std::mutex mutex_;
  std::condition_variable changed_;
  // protected by mutex_
  std::uint64_t requested_ = 0;
  Clock::time_point requested_at_{};
  bool started_ = false;
  BootstrapModules* modules_ = nullptr;
};

}  // namespace provider_host::host
