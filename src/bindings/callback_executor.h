#pragma once

#include <functional>
#include <memory>

namespace provider_host::bindings {

/// A thread that runs jobs with the GIL, such as the callbacks of settled calls. So the pool's own threads never wait
/// for the GIL, and a program that keeps it busy delays no timeout or restart. It starts with the first job.
/// Thread-safe.
class CallbackExecutor {
 public:
  CallbackExecutor();
  /// `finish()`.
  ~CallbackExecutor();
  CallbackExecutor(const CallbackExecutor&) = delete;
  CallbackExecutor& operator=(const CallbackExecutor&) = delete;

  /// Queues `job`, which runs and is destroyed with the GIL, in the order of posting. It must run no code of the
  /// user's. What it throws is reported as unraisable. Never waits, unless `finish()` was called or the thread cannot
  /// start: then the job runs on the calling thread. So a call that a closed pool rejects still settles, and those who
  /// go on submitting do not keep `finish()` from its end. The caller must not hold the GIL.
  void post(std::function<void()> job);

  /// Ends the thread once the jobs that were posted have run, and waits for that. On that thread itself, where Python
  /// may collect garbage, it does not wait. The caller must not hold the GIL.
  void finish();

 private:
  struct State;
  static void run(const std::shared_ptr<State>& state);

  const std::shared_ptr<State> state_;  // shared with the thread, which may outlive this
};

}  // namespace provider_host::bindings
