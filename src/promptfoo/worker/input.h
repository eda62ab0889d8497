#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace provider_host::promptfoo {

/// The lines that promptfoo writes to stdin, and whatever else ends the worker. One of them, on one thread: it
/// handles the signals that it waits for.
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
  bool take_lines(const std::function<bool(std::string_view line)>& on_line);

  int output_;
  std::string text_;  // the beginning of a line
};

}  // namespace provider_host::promptfoo
