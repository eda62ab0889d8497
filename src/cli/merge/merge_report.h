#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "cli/batch/output/written_calls.h"
#include "cli/io/console.h"
#include "cli/merge/missing_calls.h"
#include "cli/merge/result_file.h"

namespace provider_host::cli {

/// The calls of a merge by their outcome. A plain value.
struct MergeCounts {
  std::uint64_t ok = 0;               ///< Provider errors included.
  std::uint64_t provider_errors = 0;  ///< Of these.
  std::uint64_t failed = 0;
  std::uint64_t end = 0;  ///< Behind the last index.

  void add(const WrittenCall& call) {
    ++(call.failed ? failed : ok);
    if (call.provider_error) ++provider_errors;
    end = call.index + 1;
  }
  [[nodiscard]] std::uint64_t calls() const { return ok + failed; }
};

/// What a merge says at its end. It refers to the parts of the merge.
struct MergeReport {
  const std::deque<ResultFile>& files;
  const MergeCounts& counts;
  const MissingCalls& missing;
  std::uint64_t duplicates;          ///< Lines that do not count.
  std::optional<std::uint64_t> due;  ///< How many calls there must be, when that is known.

  /// Whether each call is there, and none besides.
  [[nodiscard]] bool is_complete() const { return missing.count() == 0 && !has_too_many(); }

  /// Warnings, what is missing, and a summary.
  void show(Console& console) const;

 private:
  [[nodiscard]] bool has_too_many() const { return due && counts.end > *due; }
  void show_missing(Console& console) const;
};

}  // namespace provider_host::cli
