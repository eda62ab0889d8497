#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/file_descriptor.h"
#include "cli/index_set.h"

namespace provider_host::cli {

/// Where a batch writes its lines: a file that no other run may write at the same time, or stdout.
///
/// Opening changes nothing in an existing file; `begin()` does, so that a run that cannot start leaves it as it was.
class BatchOutput {
 public:
  /// What --resume found.
  struct Held {
    IndexSet indexes;
    std::uint64_t failed = 0;           ///< Of these, `"ok":false`.
    std::uint64_t provider_errors = 0;  ///< Of these, a result with `error`.
  };

  /// stdout.
  BatchOutput();
  /// Opens and locks `path`. With `resume` reads what it holds, in bounded memory.
  /// Throws UsageError: not writable, in use by another run, or with `resume` no output of a batch.
  BatchOutput(const std::string& path, bool resume);

  /// Empties the file, or with `resume` cuts a torn last line. Once, before the first write.
  /// Throws OutputFailed.
  void begin();

  /// Writes whole lines. Throws OutputClosed, OutputFailed.
  void write(std::string_view lines) { write_all(file_.get(), lines, name_); }

  [[nodiscard]] const Held& held() const { return held_; }
  [[nodiscard]] int fd() const { return file_.get(); }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  void open(const std::string& path, bool resume);
  void read_held();
  void hold(std::string_view line, std::uint64_t number);

  std::string name_ = "stdout";
  FileDescriptor file_;
  bool is_regular_ = false;
  std::uint64_t kept_bytes_ = 0;
  Held held_;
};

}  // namespace provider_host::cli
