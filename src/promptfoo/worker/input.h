#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace provider_host::promptfoo {

/// The lines that promptfoo writes to stdin, and whatever else ends the worker. Made on the main thread before any
/// other thread starts: it blocks the signals that it waits for. One thread.
class WorkerInput {
 public:
  enum class End {
    kShutdown,  ///< `on_line` said so, or a signal
    kClosed,    ///< the end of stdin, or nobody reads `output` any more
  };

  /// `output`: the descriptor whose reader is watched.
  explicit WorkerInput(int output);

  /// Gives every line to `on_line` until that returns false or everything ends.
  End read(const std::function<bool(std::string_view line)>& on_line);

 private:
  [[nodiscard]] bool has_end_signal();
  bool take_lines(const std::function<bool(std::string_view line)>& on_line);

  int output_;
  Fd signals_;
  std::string text_;  // the beginning of a line
};

}  // namespace provider_host::promptfoo
