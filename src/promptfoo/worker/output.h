#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "provider_host/options.h"

namespace provider_host::promptfoo {

/// What the worker says to promptfoo on stdout, a line at a time. Any thread.
class ProtocolOutput {
 public:
  explicit ProtocolOutput(int fd) : fd_(fd) {}

  void ready() { write("\nREADY\n"); }
  void done(const std::string& response) { write("\nDONE|" + response + '\n'); }

  [[nodiscard]] int fd() const { return fd_; }

 private:
  void write(std::string_view text);

  Mutex mutex_;
  const int fd_;
};

/// A line of a script or of the pool as promptfoo's log is to show it, with its newline: it goes by the level that a
/// line of stderr begins with. What the script prints to stdout is INFO, its stderr stays as it is. Pieces of a long
/// line become lines. Empty when there is nothing to show. Pure.
std::string log_text(const LogLine& line);

/// Writes all of it to stderr, if anybody reads that. Any thread.
void write_to_stderr(std::string_view text);

}  // namespace provider_host::promptfoo
