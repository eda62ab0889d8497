#include "cli/merge/merge_report.h"

#include <string>

#include "cli/batch/stats/counters.h"

namespace provider_host::cli {
namespace {

std::string number_of(std::uint64_t count, const std::string& what) {
  return with_separators(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

void MergeReport::show(Console& console) const {
  for (const ResultFile& file : files) {
    if (!file.was_torn()) continue;
    console.note(LogLevel::kWarning, "the last line of " + file.name() +
                                         " is torn, as after a kill, and left out; --resume makes its call");
  }
  if (duplicates > 0) {
    console.note(
        LogLevel::kWarning,
        number_of(duplicates, "line") + (duplicates == 1 ? " does" : " do") +
            " not count, as the same index comes again; the last line of each counts, in the order of the files");
  }
  if (has_too_many()) {
    console.error("the results do not fit: there must be " + number_of(*due, "call") + ", but the last index is " +
                  std::to_string(counts.end - 1));
  }
  if (missing.count() > 0) show_missing(console);
  std::string text = "merged " + number_of(files.size(), "file") + ": " + number_of(counts.calls(), "call") + ", " +
                     with_separators(counts.ok) + " ok, " + with_separators(counts.failed) + " failed";
  if (counts.provider_errors > 0) text += ", " + number_of(counts.provider_errors, "provider error");
  console.say(text);
}

void MergeReport::show_missing(Console& console) const {
  const std::string shards = missing.shards_text();
  console.error("incomplete: " + number_of(missing.count(), "call") + (missing.count() == 1 ? " is" : " are") +
                " missing: index " + missing.ranges_text() + (shards.empty() ? "" : "; " + shards));
}

}  // namespace provider_host::cli
