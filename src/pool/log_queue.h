#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "provider_host/options.h"

namespace provider_host::internal {

/// A bounded queue of log lines. A thread of its own writes them in order, so a slow log delays nobody. Lines beyond
/// the capacity are dropped; a line in the log says how many.
class LogQueue {
 public:
  using Sink = std::function<void(const LogLine&)>;
  struct Limits {
    /// Bytes that may be queued. The pool's own lines have the same capacity once more, so that a noisy script cannot
    /// displace them.
    std::size_t capacity = std::size_t{32} << 20;
    double flush_timeout = 5;  ///< How long flush() waits at most; seconds.
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
  /// has not moved since an earlier flush() gave up. Writes it itself while no thread can be started. Any thread.
  void flush();

 private:
  struct State;
  static void run(const std::shared_ptr<State>& state);
  void write_here() noexcept;

  const std::shared_ptr<State> state_;  // shared with the thread, which may outlive this
};

}  // namespace provider_host::internal
