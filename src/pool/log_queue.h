#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "provider_host/options.h"

namespace provider_host::internal {

/// Lines on their way to a log, which gets them in their order on a thread of its own: whatever the log does, whoever
/// has something to say does not wait for it. Lines for which there is no room are dropped, and the log is told how
/// many.
class LogQueue {
 public:
  using Sink = std::function<void(const LogLine&)>;
  struct Limits {
    /// Bytes that may wait; the pool's own lines have as much again, so that a noisy script does not push them out.
    std::size_t capacity = std::size_t{32} << 20;
    double flush_timeout = 5;  ///< What flush() waits at most; seconds.
  };

  /// What `sink` throws is dropped.
  explicit LogQueue(Sink sink) : LogQueue(std::move(sink), Limits()) {}
  LogQueue(Sink sink, Limits limits);
  /// Ends the thread, once what is queued has been written or flush() would give up. A sink that is stuck then is left
  /// alone, and gets nothing more.
  ~LogQueue();
  LogQueue(const LogQueue&) = delete;
  LogQueue& operator=(const LogQueue&) = delete;

  /// Copies the line; `line.text` may be any bytes and becomes valid UTF-8. Any thread.
  void post(const LogLine& line) noexcept;

  /// Waits until what was posted before has been written, up to its limit; not at all inside the sink, nor when the log
  /// has not moved since an earlier flush() gave up. Any thread.
  void flush();

 private:
  struct State;
  static void run(const std::shared_ptr<State>& state);

  const std::shared_ptr<State> state_;  // shared with the thread, which may outlive this
};

}  // namespace provider_host::internal
