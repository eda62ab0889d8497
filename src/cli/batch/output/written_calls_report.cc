#include "cli/batch/output/written_calls_report.h"

#include "cli/batch/stats/counters.h"

namespace provider_host::cli {

void report_written_calls(const BatchOutput& output, Console& console) {
  const WrittenCalls& written = output.written_calls();
  if (written.size() > 0) {
    console.note(LogLevel::kInfo,
                 "resuming: " + output.name() + " holds " + counted(written.size(), "call") + " already");
  }
  if (written.dropped() > 0) {
    console.note(LogLevel::kInfo,
                 counted(written.dropped(), "failed call") + (written.dropped() == 1 ? " is" : " are") + " made again");
  }
  if (written.duplicates() > 0) {
    console.note(LogLevel::kWarning, output.name() + " has " + with_separators(written.duplicates()) +
                                         " lines for calls that have a later line too (the first: index " +
                                         std::to_string(written.first_duplicate()) + "); the last line of each counts");
  }
  if (output.was_torn()) {
    console.note(LogLevel::kWarning, "the last line of " + output.name() +
                                         " was torn, as after a kill; it is removed and its call made again");
  }
}

}  // namespace provider_host::cli
