#pragma once

#include <signal.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/mutex.h"
#include "platform/pipes.h"
#include "process/child.h"
#include "process/line_splitter.h"
#include "wire/frame_codec.h"

namespace provider_host::cli {

/// The process that speaks with a Ray cluster, in a process group of its own. One thread writes, one other thread
/// reads and waits for its end; signals come from any thread.
class BridgeProcess {
 public:
  using OnLine = std::function<void(std::string_view line)>;

  /// argv[0] is an absolute path. `on_line` gets each line of stderr, on the thread that reads. Throws
  /// std::system_error when the process cannot be started.
  BridgeProcess(const std::vector<std::string>& argv, OnLine on_line);

  // --- the thread that writes

  /// Writes what it can of `bytes`, and waits 0.1 s at most when that is nothing. Returns how much it was; nothing when
  /// the process has ended, as it has to when it reads no more.
  std::optional<std::size_t> write_some(std::string_view bytes);
  /// Its stdin ends.
  void close_input();

  // --- the thread that reads

  /// Waits for bytes of stdout and feeds them to `decoder`; false when there are no more.
  bool receive(wire::FrameDecoder& decoder);
  /// Waits for its end, and kills it after `limit`. Once.
  process::ExitStatus wait_for_end(std::chrono::milliseconds limit);
  /// The last lines of stderr, with newlines between them, some KiB at most.
  [[nodiscard]] std::string last_lines() const;

  // --- any thread

  void interrupt() { signal(SIGINT, false); }
  /// The process and all of its group.
  void kill() { signal(SIGKILL, true); }

 private:
  std::optional<process::ExitStatus> try_reap();
  void signal(int number, bool whole_group);
  void on_stderr_line(std::string_view line);
  // Whether stderr may have more.
  bool read_stderr();

  const OnLine on_line_;
  process::LineSplitter lines_;
  std::deque<std::string> last_lines_;
  platform::Ends in_;
  platform::Ends out_;
  platform::Ends err_;
  Mutex mutex_;
  process::Child child_ GUARDED_BY(mutex_);  // so that no signal goes to a process that has its number later
  const Fd end_;                             // readable once the process has ended
};

}  // namespace provider_host::cli
