#include "cli/merge/input_check.h"

#include "cli/batch/output/line_comparison.h"
#include "cli/batch/stats/counters.h"
#include "cli/exit_code.h"
#include "provider_host/options.h"

namespace provider_host::cli {
namespace {

BatchInput::Settings settings_of(std::optional<InputFormat> format) {
  BatchInput::Settings settings;
  settings.limit = PoolOptions().frame_limit;
  settings.format = format;
  return settings;
}

std::string lines_of_input(std::uint64_t count) {
  return with_separators(count) + (count == 1 ? " line" : " lines") + " of the input ";
}

}  // namespace

InputCheck::InputCheck(std::string input, std::optional<InputFormat> format, Console& console)
    : input_(std::move(input), settings_of(format)), console_(console) {}

void InputCheck::check(const WrittenCall& call, const std::string& file) {
  std::optional<InputItem> item;
  while (calls_ <= call.index && (item = input_.next())) ++calls_;
  if (!item || !item->error.empty()) return;  // MissingCalls knows the former, the batch said the latter
  const LineComparison compared = compare_line(call, item->text, input_.is_text());
  if (compared.match == LineMatch::kEdited) ++edited_;
  if (compared.match == LineMatch::kUnknown) ++not_compared_;
  if (compared.match != LineMatch::kDifferent) return;
  throw UsageError("cannot merge: line " + std::to_string(item->line) + " of '" + input_.name() +
                   "' is not the one whose result '" + file + "' holds as index " + std::to_string(call.index) + ": " +
                   compared.difference + ". Give the input of that run");
}

std::uint64_t InputCheck::finish() {
  while (input_.next()) ++calls_;
  if (edited_ > 0) {
    console_.note(LogLevel::kWarning, lines_of_input(edited_) + "changed since, but not in their ids");
  }
  if (not_compared_ > 0) {
    console_.note(LogLevel::kWarning, lines_of_input(not_compared_) +
                                          "cannot be compared: they have no id, and their results no input_crc32");
  }
  return calls_;
}

}  // namespace provider_host::cli
