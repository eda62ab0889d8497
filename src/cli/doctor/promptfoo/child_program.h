#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "cli/io/file_descriptor.h"

namespace provider_host::cli {

/// A program that runs as promptfoo runs Python: stdin and stdout are sockets, no shell. What it takes longer for than
/// `limit`, counted from its start, fails. All members throw std::runtime_error with a sentence about what happened,
/// which has the end of the program's stderr. Not thread-safe.
class ChildProgram {
 public:
  /// argv[0] is a path.
  ChildProgram(const std::vector<std::string>& argv, std::chrono::milliseconds limit);
  /// Kills it, with what it has started in its process group, unless it has ended.
  ~ChildProgram();
  ChildProgram(const ChildProgram&) = delete;
  ChildProgram& operator=(const ChildProgram&) = delete;

  void write_line(std::string_view text);

  /// The next line of stdout. `expected`, for the error: what should have come.
  std::string read_line(std::string_view expected);

  /// Waits for its end, with stdout closed. Throws unless the exit code is 0.
  void wait_for_end();

 private:
  [[noreturn]] void fail(const std::string& what) const;
  /// False at the end of stdout.
  bool receive(std::string_view expected);
  void wait_until_readable(int fd, std::string_view expected) const;

  std::string name_;
  std::chrono::milliseconds limit_;
  std::chrono::steady_clock::time_point deadline_;
  FileDescriptor in_;
  FileDescriptor out_;
  FileDescriptor errors_;
  std::string unread_;
  pid_t pid_ = -1;  ///< -1 when it has ended and was waited for.
};

}  // namespace provider_host::cli
