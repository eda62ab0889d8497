#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "cli/merge/result_file.h"

namespace provider_host::cli {

/// The lines of several files in the order of their index, each index once: of several lines with one index it is the
/// one of the last file. One thread.
class MergedResults {
 public:
  /// `files` are at their beginning, and outlive it.
  explicit MergedResults(std::deque<ResultFile>& files);

  /// Moves to the next index; returns the file whose current line it is, or null at the end. Throws UsageError.
  ResultFile* next();

  /// Lines so far that do not count, as another file or a later line has the same index, and those of the files.
  [[nodiscard]] std::uint64_t duplicates() const { return duplicates_; }

 private:
  using Entry = std::pair<std::uint64_t, std::size_t>;  // index, and place in files_

  void advance(std::size_t file);
  std::size_t take();

  std::deque<ResultFile>& files_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
  std::optional<std::size_t> current_;
  std::uint64_t duplicates_ = 0;
};

}  // namespace provider_host::cli
