#pragma once

#include <thread>

#include "base/mutex.h"
#include "cli/io/console.h"
#include "platform/thread.h"
#include "provider_host/pool.h"

namespace provider_host::cli {

/// Reloads the script when it is asked to, on a thread of its own. What is asked meanwhile is done once more
/// afterwards.
class Reloads {
 public:
  /// Both outlive this.
  Reloads(Pool& pool, Console& console)
      : pool_(pool), console_(console), thread_(platform::start_thread("the thread for reloads", [this] { run(); })) {}
  /// Does not wait for the reload that is under way.
  ~Reloads();
  Reloads(const Reloads&) = delete;
  Reloads& operator=(const Reloads&) = delete;

  /// Any thread; waits for nobody.
  void request();

 private:
  void run();
  [[nodiscard]] bool is_stopped() const;

  Pool& pool_;
  Console& console_;
  mutable Mutex mutex_;
  CondVar changed_;
  bool requested_ GUARDED_BY(mutex_) = false;
  bool stop_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace provider_host::cli
