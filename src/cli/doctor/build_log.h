#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/io/file_descriptor.h"

namespace provider_host::cli {

/// A step of a build failed; `what()` says which, why as far as is known, and where the log is.
class BuildFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The file that a build's commands write to. One process at a time has it.
class BuildLog {
 public:
  /// Empties the file. Throws BuildFailed when another process has it or it cannot be written.
  explicit BuildLog(std::filesystem::path file);

  /// Runs argv[0] (looked up on PATH unless it is a path) to its end; what it prints goes to the log. Returns its exit
  /// code, 128 and more for a signal, 127 when it cannot be started.
  int run(const std::vector<std::string>& argv);

  /// The same, but throws BuildFailed with `what` and the end of the log when the exit code is not 0.
  void require(const std::string& what, const std::vector<std::string>& argv);

 private:
  [[nodiscard]] std::string end() const;

  std::filesystem::path path_;
  FileDescriptor file_;
};

/// The first line that a program prints on stdout; empty when it fails or does not exist.
std::string first_line_of(const std::vector<std::string>& argv);

}  // namespace provider_host::cli
