#pragma once

#include <unistd.h>

#include <atomic>
#include <string>
#include <string_view>

#include "cli/io/file_descriptor.h"

namespace provider_host::cli {

/// Where a merge writes its lines: stdout, or a file that has its name only once it is whole. Until then it is
/// `FILE.part`, which an earlier merge that was killed may have left.
class MergeOutput {
 public:
  /// stdout.
  MergeOutput() : file_(STDOUT_FILENO) {}
  /// Creates the part. Throws UsageError: not writable, in use by another merge, or something else has the name of the
  /// part. What is no regular file, such as a pipe, is written directly, and also an open descriptor, such as
  /// /dev/stdout, from where it is.
  explicit MergeOutput(const std::string& path);
  /// Removes the part, unless the output is finished.
  ~MergeOutput() { discard(); }
  MergeOutput(const MergeOutput&) = delete;
  MergeOutput& operator=(const MergeOutput&) = delete;

  /// Writes a line and its end. Throws OutputClosed, OutputFailed.
  void write(std::string_view line);
  /// Writes what is due to the disk, and gives the file its name, instead of a former one. Once. Throws OutputFailed.
  void finish();
  /// Removes the part. Any thread may call it, when the process ends.
  void discard() const;

  [[nodiscard]] int fd() const { return file_.get(); }

  /// The name of the part of `path`, a file or a link to one.
  static std::string part_of(const std::string& path);

 private:
  bool open_part();
  void flush();
  [[noreturn]] void fail() const;

  const std::string name_ = "stdout";
  std::string target_;  // of a link, the file; empty: written directly
  std::string part_;
  std::atomic<bool> is_part_ = false;  // it has not got its name yet
  FileDescriptor file_;
  std::string text_;  // not written yet
};

}  // namespace provider_host::cli
