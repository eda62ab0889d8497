#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/batch/input/decompression.h"
#include "cli/batch/output/line_position.h"
#include "cli/batch/output/written_calls.h"
#include "cli/io/file_descriptor.h"
#include "cli/io/line_reader.h"
#include "cli/merge/index_pattern.h"

namespace provider_host::cli {

/// The output of a batch, a file, whose lines are read in the order of their index; of several with one index only the
/// last is read. A file that is in that order is read from its beginning to its end; of any other the positions of its
/// lines are in memory. One thread.
class ResultFile {
 public:
  /// Opens and locks `path`, and looks at the index of each line. Throws UsageError: it cannot be read, is still
  /// written by a batch, or has a line that is none of an output.
  explicit ResultFile(std::string path);
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;
  ~ResultFile() = default;

  /// Moves to the next line; false at the end. Throws UsageError when reading fails.
  bool next();
  /// Of the current line, without its end; valid until the next `next()`.
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::uint64_t index() const { return index_; }
  /// What the current line says. Throws UsageError that names the line when it is none of an output.
  [[nodiscard]] WrittenCall call() const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int fd() const { return file_.get(); }
  [[nodiscard]] const IndexPattern& pattern() const { return pattern_; }
  /// Whether its last line was cut off, as after a kill; it is not read.
  [[nodiscard]] bool was_torn() const { return torn_; }
  /// Lines that are not read, as a later one has the same index.
  [[nodiscard]] std::uint64_t duplicates() const { return duplicates_; }

 private:
  void open();
  void scan();
  void add(const LineReader::Line& line, std::uint64_t number);
  [[nodiscard]] std::unique_ptr<ByteSource> bytes() const;
  bool next_in_order();
  bool next_by_position();
  [[nodiscard]] std::uint64_t number_of_line() const;
  [[noreturn]] void refuse(std::uint64_t number, const std::string& why) const;

  const std::string name_;
  FileDescriptor file_;
  Compression compression_ = Compression::kNone;
  IndexPattern pattern_;
  bool in_order_ = true;  // and no index is there twice
  bool torn_ = false;
  std::uint64_t lines_ = 0;  // without a torn one
  std::uint64_t end_ = 0;    // bytes that these have
  std::uint64_t duplicates_ = 0;

  std::optional<LineReader> reader_;     // when in order
  std::vector<LinePosition> positions_;  // else
  std::string line_;                     // the one at a position
  std::uint64_t taken_ = 0;              // lines that next() has moved to
  std::string_view text_;
  std::uint64_t index_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace provider_host::cli
