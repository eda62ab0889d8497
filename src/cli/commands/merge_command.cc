#include <unistd.h>

#include <cstdlib>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "cli/batch/output/protected_files.h"
#include "cli/commands/commands.h"
#include "cli/exit_code.h"
#include "cli/merge/input_check.h"
#include "cli/merge/merge_output.h"
#include "cli/merge/merge_report.h"
#include "cli/merge/merged_results.h"
#include "cli/merge/missing_calls.h"
#include "cli/merge/result_file.h"

namespace provider_host::cli {
namespace {

bool goes_to_stdout(const MergeOptions& options) { return options.output.empty() || options.output == "-"; }

void refuse_what_is_read(const MergeOptions& options, const std::deque<ResultFile>& files, const InputCheck* input) {
  ProtectedFiles read;
  for (const ResultFile& file : files) read.add("the results '" + file.name() + "'", file.fd());
  if (input != nullptr) read.add("the input '" + input->input().name() + "'", input->input().fd());
  if (goes_to_stdout(options)) {
    read.refuse("stdout", STDOUT_FILENO);
  } else {
    read.refuse("-o: '" + options.output + "'", options.output);
    const std::string part = MergeOutput::part_of(options.output);
    read.refuse("-o: '" + part + "', which '" + options.output + "' is until it is whole,", part);
  }
}

std::uint64_t shard_count(const std::deque<ResultFile>& files) {
  std::vector<IndexPattern> patterns;
  for (const ResultFile& file : files) patterns.push_back(file.pattern());
  return shard_count_of(patterns);
}

void copy(MergedResults& results, MergeOutput& output, InputCheck* input, MissingCalls& missing, MergeCounts& counts) {
  while (const ResultFile* file = results.next()) {
    const WrittenCall call = file->call();
    if (input != nullptr) input->check(call, file->name());
    missing.add(call.index);
    counts.add(call);
    output.write(file->text());
  }
}

// How many calls there must be; nothing when nobody says.
std::optional<std::uint64_t> calls_due(const MergeOptions& options, InputCheck* input) {
  if (input != nullptr) return input->finish();
  return options.expect;
}

int merge_into(MergeOutput& output, const MergeOptions& options, std::deque<ResultFile>& files, InputCheck* input,
               Console& console) {
  MergedResults results(files);
  MissingCalls missing(shard_count(files));
  MergeCounts counts;
  copy(results, output, input, missing, counts);
  const auto due = calls_due(options, input);
  missing.finish(due.value_or(0));
  output.finish();
  const MergeReport report{files, counts, missing, results.duplicates(), due};
  report.show(console);
  return report.is_complete() && counts.failed + counts.provider_errors == 0 ? kDone : kSomeFailed;
}

}  // namespace

int run_merge(const MergeOptions& options, Session session) {
  std::deque<ResultFile> files;
  for (const std::string& path : options.results) files.emplace_back(path);
  std::optional<InputCheck> check;
  if (!options.input.empty()) check.emplace(options.input, options.input_format, session.console);
  InputCheck* const input = check ? &*check : nullptr;
  refuse_what_is_read(options, files, input);
  std::optional<MergeOutput> output;
  if (goes_to_stdout(options)) {
    output.emplace();
  } else {
    output.emplace(options.output);
  }
  const SignalScope scope(session.signals, [&output](int /*count*/) {
    output->discard();
    std::_Exit(kInterrupted);
  });
  return merge_into(*output, options, files, input, session.console);
}

}  // namespace provider_host::cli
