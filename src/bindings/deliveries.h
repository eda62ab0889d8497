#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace provider_host::bindings {

/// A thread that runs what has to run with the GIL, so that the pool's own thread never waits for it: a program that
/// keeps the GIL busy must not delay timeouts and restarts. In the order of posting. Safe to use from any thread.
class Deliveries {
 public:
  Deliveries();
  /// `finish()`.
  ~Deliveries();
  Deliveries(const Deliveries&) = delete;
  Deliveries& operator=(const Deliveries&) = delete;

  /// `job` runs soon, with the GIL. What it throws is reported as unraisable. Never waits, unless the thread has ended:
  /// then the job runs here and now, so that a call that a closed pool refuses is told to whoever waits for it.
  void post(std::function<void()> job);

  /// How many jobs wait.
  [[nodiscard]] std::size_t waiting() const;

  /// Runs what is still there and ends the thread. The caller must not hold the GIL.
  /// From a job itself it only asks for the end.
  void finish();

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // protected by mutex_
  std::vector<std::function<void()>> jobs_;
  bool ending_ = false;
  bool ended_ = false;  // nobody takes jobs any more

  std::mutex finish_mutex_;
  std::thread thread_;
};

}  // namespace provider_host::bindings
