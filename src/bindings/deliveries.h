#pragma once

#include <functional>
#include <memory>

namespace provider_host::bindings {

/// A thread that takes what has settled to Python, so that the pool's own threads never wait for the GIL: a program
/// that keeps it busy must not delay timeouts and restarts. It starts with the first job. Safe to use from any thread.
class Deliveries {
 public:
  Deliveries();
  /// `finish()`.
  ~Deliveries();
  Deliveries(const Deliveries&) = delete;
  Deliveries& operator=(const Deliveries&) = delete;

  /// `job` runs soon, with the GIL, after those that were posted before, and is destroyed with the GIL. It must run no
  /// code of the user's. What it throws is reported as unraisable. Never waits, unless the thread has ended or cannot
  /// start: then the job runs here and now, so that a call that a closed pool refuses is told to whoever waits for it.
  /// The caller must not hold the GIL.
  void post(std::function<void()> job);

  /// Returns when what was posted has run; the thread has ended then. On that thread itself, where Python may collect
  /// garbage, it only asks for that. The caller must not hold the GIL.
  void finish();

 private:
  struct State;
  static void run(const std::shared_ptr<State>& state);

  const std::shared_ptr<State> state_;  // shared with the thread, which may outlive this
};

}  // namespace provider_host::bindings
