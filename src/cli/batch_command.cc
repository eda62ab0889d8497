#include "cli/batch_command.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/batch_input.h"
#include "cli/batch_output.h"
#include "cli/batch_run.h"
#include "cli/exit_code.h"
#include "cli/stats_report.h"
#include "provider_host/pool.h"

namespace provider_host::cli {
namespace {

void check_input(const BatchOptions& options, const BatchInput& input) {
  if (input.is_text() && options.api_or_default() == Api::kNone) {
    throw UsageError("with --api none the input must be .jsonl, with {\"args\": […]} in each line");
  }
}

BatchOutput open_output(const BatchOptions& options, const BatchInput& input) {
  if (options.output.empty() || options.output == "-") {
    if (options.resume) throw UsageError("--resume needs a file: -o FILE");
    return BatchOutput();
  }
  if (input.is_file(options.output)) {
    throw UsageError("the input and the output are the same file, '" + options.output + "'");
  }
  return BatchOutput(options.output, options.resume);
}

void check_stats_file(const BatchOptions& options, const BatchInput& input) {
  if (options.stats_json.empty()) return;
  std::error_code ignored;
  const bool is_output =
      !options.output.empty() && (options.stats_json == options.output ||
                                  std::filesystem::equivalent(options.stats_json, options.output, ignored));
  if (input.is_file(options.stats_json) || is_output) {
    throw UsageError("--stats-json: '" + options.stats_json + "' is the input or the output; choose another file");
  }
}

}  // namespace

int run_batch(const BatchOptions& options, Session session) {
  const ScriptSpec spec = parse_script_spec(options.script);
  CallArguments arguments(options.api_or_default(), options.arguments);
  StopLatch stop;
  BatchInput input(options.input, options.pool.frame_limit, stop.fd());
  check_input(options, input);
  check_stats_file(options, input);
  BatchOutput output = open_output(options, input);
  StatsReport stats(options, session.console);
  PoolOptions pool_of_batch = pool_options(options, spec, session.console);
  pool_of_batch.max_queue = 0;  // the window is the bound; no call is to fail for being early
  Pool pool(std::move(pool_of_batch));
  output.begin();
  stats.begin();
  BatchRun run({options, session, input, output, pool, stop, stats}, spec.function, std::move(arguments));
  return run.run();
}

}  // namespace provider_host::cli
