#include "cli/batch/output/resume_check.h"

#include "cli/batch/output/line_comparison.h"
#include "cli/batch/stats/counters.h"
#include "cli/exit_code.h"

namespace provider_host::cli {
namespace {

std::string lines_text(std::uint64_t count) { return with_separators(count) + (count == 1 ? " line" : " lines"); }

}  // namespace

void ResumeCheck::check(std::uint64_t index, std::uint64_t line, std::string_view text, bool is_text) {
  const WrittenCall* written = written_calls_.find(index);
  if (written == nullptr) return;
  const LineComparison compared = compare_line(*written, text, is_text);
  if (compared.match == LineMatch::kEdited && edited_++ == 0) first_edited_ = line;
  if (compared.match == LineMatch::kUnknown) ++not_compared_;
  if (compared.match == LineMatch::kDifferent) differs(index, line, compared.difference);
}

void ResumeCheck::differs(std::uint64_t index, std::uint64_t line, const std::string& what) {
  const std::string message = "line " + std::to_string(line) + " of '" + names_.input +
                              "' is not the one whose result '" + names_.output + "' holds as index " +
                              std::to_string(index) + ": " + what;
  const bool failed = written_calls_.find(index)->failed;
  if (!force_) {
    throw UsageError("cannot resume: " + message +
                     ". Give the input of that run, or another -o FILE; --resume=force keeps the results there are and "
                     "goes on" +
                     (failed ? ", --retry-failed makes this failed call again" : ""));
  }
  if (different_++ == 0) console_.note(LogLevel::kWarning, message + "; going on, as --resume=force says");
}

void ResumeCheck::conclude() {
  if (different_ > 1) {
    console_.note(LogLevel::kWarning, lines_text(different_) + " of the input are not those of the results kept");
  }
  if (edited_ > 0) {
    console_.note(LogLevel::kWarning, lines_text(edited_) +
                                          " of the input changed since, but not in their ids; the results there are "
                                          "stay (the first: line " +
                                          std::to_string(first_edited_) + ")");
  }
  if (not_compared_ > 0) {
    console_.note(LogLevel::kWarning, lines_text(not_compared_) +
                                          " of the input cannot be compared: they have no id, "
                                          "and '" +
                                          names_.output + "' has no input_crc32 for them");
  }
}

}  // namespace provider_host::cli
