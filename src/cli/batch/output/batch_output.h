#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/batch/output/written_calls.h"
#include "cli/batch/shard.h"
#include "cli/io/file_descriptor.h"

namespace provider_host::cli {

/// Where a batch writes its lines: a file that no other run may write at the same time, or stdout.
///
/// Opening does not change an existing file; only `begin()` does. So a run that cannot start leaves it unchanged.
class BatchOutput {
 public:
  /// What an existing file is for.
  enum class Mode : std::uint8_t {
    kOverwrite,
    kResume,       ///< Calls that it holds are not made again.
    kRetryFailed,  ///< Those that it holds and that did not fail.
  };

  /// stdout.
  BatchOutput();
  /// Opens and locks `path`, and reads what it holds, unless it is to be overwritten. Throws UsageError: not writable,
  /// in use by another run, or to be read and no output of a batch, or one with calls of another shard.
  BatchOutput(const std::string& path, Mode mode, Shard shard = {});

  /// Truncates the file: to nothing, or by a torn last line when it is resumed. Once, before the first write.
  /// Throws OutputFailed.
  void begin();

  /// Writes whole lines. Throws OutputClosed, OutputFailed that says how to go on.
  void write(std::string_view lines);

  /// With kRetryFailed, puts the file in the order of the input, with one line for each call. Once, after the last
  /// write. Throws OutputFailed; the file is then as it was.
  void finish();

  [[nodiscard]] const WrittenCalls& written_calls() const { return written_calls_; }
  /// Whether its last line was cut off, as after a kill.
  [[nodiscard]] bool was_torn() const { return torn_; }
  /// Whether a later run can go on with it.
  [[nodiscard]] bool is_resumable() const { return is_regular_; }
  [[nodiscard]] int fd() const { return file_.get(); }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  void open(const std::string& path);
  void read_written_calls();
  void refuse_if_of_other_shard(std::uint64_t index) const;

  std::string name_ = "stdout";
  Mode mode_ = Mode::kOverwrite;
  Shard shard_;
  FileDescriptor file_;
  bool is_regular_ = false;
  bool torn_ = false;
  bool written_ = false;
  std::uint64_t kept_bytes_ = 0;
  WrittenCalls written_calls_;
};

}  // namespace provider_host::cli
