#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "cli/batch/batch_run.h"
#include "cli/batch/input/batch_input.h"
#include "cli/batch/output/batch_output.h"
#include "cli/batch/output/protected_files.h"
#include "cli/batch/output/resume_check.h"
#include "cli/batch/runner/pool_runner.h"
#include "cli/batch/runner/ray/ray_runner.h"
#include "cli/batch/stats/stats_report.h"
#include "cli/commands/commands.h"
#include "cli/exit_code.h"
#include "provider_host/interpreters.h"

namespace provider_host::cli {
namespace {

BatchInput::Settings input_settings(const BatchOptions& options, const StopLatch& stop) {
  BatchInput::Settings settings;
  settings.limit = options.pool.frame_limit;
  settings.stop_fd = stop.fd();
  settings.format = options.input_format;
  settings.has_prompts = options.api != Api::kNone;
  settings.shard = options.shard;
  return settings;
}

void add_if_file(ProtectedFiles& files, const std::string& option, std::string_view value) {
  if (value.starts_with('@')) files.add("a file of " + option, std::string(value.substr(1)));
}

// All files that are known beforehand; modules that the script imports are not.
ProtectedFiles files_read(const BatchOptions& options, const ScriptSpec& spec, const BatchInput& input) {
  ProtectedFiles files;
  files.add("the script '" + spec.script.string() + "'", spec.script.string());
  files.add("the input '" + input.name() + "'", input.fd());
  add_if_file(files, "--options", options.arguments.options);
  add_if_file(files, "--context", options.arguments.context);
  add_if_file(files, "--ray-env", options.ray.runtime_env);
  for (const std::string_view text : options.arguments.config) {
    add_if_file(files, "--config", text.substr(std::min(text.find('=') + 1, text.size())));
  }
  const std::string python = options.pool.python;
  for (const char* place : {"", "/bin/python3", "/bin/python"})
    files.add("the interpreter '" + python + "'", python + place);
  const std::string executable = find_interpreter(python).executable.string();
  files.add("the interpreter '" + executable + "'", executable);
  return files;
}

BatchOutput::Mode mode_of(const BatchOptions& options) {
  if (options.retry_failed) return BatchOutput::Mode::kRetryFailed;
  return options.resume == Resume::kNo ? BatchOutput::Mode::kOverwrite : BatchOutput::Mode::kResume;
}

BatchOutput open_output(const BatchOptions& options, const ProtectedFiles& read) {
  if (options.output.empty() || options.output == "-") {
    if (mode_of(options) != BatchOutput::Mode::kOverwrite) {
      throw UsageError(std::string(options.retry_failed ? "--retry-failed" : "--resume") + " needs a file: -o FILE");
    }
    read.refuse("stdout", STDOUT_FILENO);
    return BatchOutput();
  }
  read.refuse("-o: '" + options.output + "'", options.output);
  return BatchOutput(options.output, mode_of(options), options.shard);
}

void check_stats_file(const BatchOptions& options, ProtectedFiles read, const BatchOutput& output) {
  if (options.stats_json.empty()) return;
  read.add("the output", output.fd());
  read.refuse("--stats-json: '" + options.stats_json + "'", options.stats_json);
}

// Before a host starts; only files can be read twice.
bool check_before(ResumeCheck& check, const BatchInput& input, const BatchOutput& output) {
  if (output.written_calls().size() == 0) return true;
  if (!input.is_file()) return false;
  BatchInput copy = input.from_beginning();
  while (const auto item = copy.next()) {
    if (item->index > output.written_calls().last()) break;
    check.check(item->index, item->line, item->text, input.is_text());
  }
  check.conclude();
  return true;
}

std::unique_ptr<CallRunner> start_runner(const BatchOptions& options, const ScriptSpec& spec, Session session) {
  PoolOptions pool = pool_options(options, spec, session.console);
  if (options.ray.address.empty()) return std::make_unique<PoolRunner>(std::move(pool));
  auto runner = std::make_unique<RayRunner>(std::move(pool), session.console);
  runner->connect(options.ray, session.signals);
  return runner;
}

}  // namespace

int run_batch(const BatchOptions& options, Session session) {
  const ScriptSpec spec = parse_script_spec(options.script);
  CallArguments arguments(options.arguments);
  StopLatch stop;
  BatchInput input(options.input, input_settings(options, stop));
  if (input.is_text() && !options.affinity.empty()) {
    throw UsageError("--affinity: lines of a .txt input have no fields; give a .jsonl with \"" + options.affinity +
                     "\" in each line");
  }
  const ProtectedFiles read = files_read(options, spec, input);
  BatchOutput output = open_output(options, read);
  check_stats_file(options, read, output);
  StatsReport stats(options, session.console);
  ResumeCheck check(output.written_calls(), {input.name(), output.name()}, options.resume == Resume::kForced,
                    session.console);
  const bool checked = check_before(check, input, output);
  const std::unique_ptr<CallRunner> runner = start_runner(options, spec, session);
  output.begin();
  stats.begin();
  BatchRun run({options, session, input, output, *runner, stop, stats, checked ? nullptr : &check}, spec,
               std::move(arguments));
  return run.run();
}

}  // namespace provider_host::cli
