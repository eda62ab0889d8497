#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "cli/exit_code.h"
#include "cli/help_text.h"
#include "cli/merge/merge_flags.h"
#include "cli/option_values.h"
#include "cli/pool_flags.h"
#include "cli/ray_flags.h"
#include "cli/usage_error.h"
#include "platform/platform_name.h"

namespace provider_host::cli {
namespace {

std::string version_text() {
  const std::string text = "provider-host " PROVIDER_HOST_VERSION;
  const std::string_view platform = platform::platform_name();
  return platform == "linux" ? text : text + " (" + std::string(platform) + " platform)";
}

constexpr Names<Api, 4> kApis = {{{"call", Api::kCall},
                                  {"embedding", Api::kEmbedding},
                                  {"classification", Api::kClassification},
                                  {"none", Api::kNone}}};
constexpr Names<LogThreshold, 5> kLogLevels = {{{"debug", LogThreshold::kDebug},
                                                {"info", LogThreshold::kInfo},
                                                {"warning", LogThreshold::kWarning},
                                                {"error", LogThreshold::kError},
                                                {"off", LogThreshold::kOff}}};

constexpr const char* kInput = "Input";
constexpr const char* kArguments = "Arguments of the calls";
constexpr const char* kOutput = "Output";

// CLI11's help without its empty lines and with names as people type them.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    return CLI::detail::find_and_replace(Formatter::make_help(app, std::move(name), mode), "\n\n\n", "\n\n");
  }
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    std::string text = Formatter::make_option_name(option, is_positional);
    for (const char* value : {"{false}", "{checked}"}) text = CLI::detail::find_and_replace(text, value, "");
    return CLI::detail::find_and_replace(text, "{on}", "[=off|auto|on]");
  }
};

constexpr bool kApiByRequest = false;

void add_argument_options(CLI::App& app, CommonOptions& options, bool with_api = true) {
  ArgumentTexts& texts = options.arguments;
  if (with_api) {
    add_choice(app, "--api", options.api, kApis,
               "What the function is called with and must return (default: what its name says, else call)")
        ->group(kArguments);
  }
  app.add_option("--options", texts.options, "The second argument, an object; @FILE reads it from a file")
      ->type_name("JSON")
      ->group(kArguments);
  app.add_option("--context", texts.context, "The third argument, an object; @FILE reads it from a file")
      ->type_name("JSON")
      ->group(kArguments);
  app.add_option("--config", texts.config, "Into options.config; again for more; strings need quotes, @FILE works")
      ->type_name("KEY=JSON")
      ->allow_extra_args(false)
      ->group(kArguments);
  app.add_option("--var", texts.vars, "Into context.vars; again for more; the value is a string as it stands")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->group(kArguments);
}

void add_log_level(CLI::App& app, CommonOptions& options) {
  add_choice(app, "--log-level", options.log_level, kLogLevels, "What is shown on stderr (default info)")
      ->envname("PROVIDER_HOST_LOG")
      ->group(kOutput);
}

void add_statistics(CLI::App& app, BatchOptions& options) {
  app.add_flag("--stats", options.stats,
               "At the end, show a table of calls, errors, restarts, times and hosts on stderr")
      ->group(kOutput);
  app.add_option("--stats-json", options.stats_json, "At the end, write the same to a file, as one line of JSON")
      ->type_name("FILE")
      ->group(kOutput);
}

constexpr bool kOneCall = false;
constexpr bool kManyCalls = true;

void add_pool_options(CLI::App& app, CommonOptions& options, bool many_calls) {
  add_host_flags(app, options.pool, many_calls);
  add_time_flags(app, options.pool);
  add_failure_flags(app, options.pool, many_calls);
  add_resource_flags(app, options.pool, many_calls);
  add_environment_flags(app, options.pool);
  add_value_flags(app, options.pool);
}

void add_common(CLI::App& app, CommonOptions& options, const char* footer) {
  app.add_option("SCRIPT", options.script, "Provider script, with a function other than the API's as SCRIPT:FUNCTION")
      ->required()
      ->type_name("");
  app.footer(footer);
  app.get_formatter()->column_width(34);
}

void add_call(CLI::App& main, CallOptions& options) {
  CLI::App& app = *main.add_subcommand("call", "Make one call and print its result");
  add_common(app, options, kCallFooter);
  app.add_option("PROMPT", options.prompt,
                 "The prompt, @FILE, or - for stdin; with --api none a JSON array of arguments")
      ->required()
      ->type_name("");
  CLI::Option* envelope = app.add_flag("--envelope", options.envelope, "Print one line as in the output of a batch");
  envelope->group(kOutput);
  app.add_flag("--capture", options.pool.capture, "Put what the script printed into the envelope")
      ->needs(envelope)
      ->group(kOutput);
  app.add_flag("--stream", options.stream,
               "Write what a generator yields as it comes: texts as they are, other items as lines of JSON")
      ->excludes(envelope)
      ->group(kOutput);
  add_log_level(app, options);
  add_argument_options(app, options);
  add_pool_options(app, options, kOneCall);
}

void add_resume(CLI::App& app, BatchOptions& options, CLI::Option* output) {
  const auto resume = [&options](const std::string& how) {
    if (how != "checked" && how != "force") {
      throw CLI::ValidationError("'" + how + "' means nothing; write --resume or --resume=force");
    }
    options.resume = how == "force" ? Resume::kForced : Resume::kChecked;
  };
  const std::string what =
      "Skip the calls that -o FILE already holds, append the rest; --resume=force also when INPUT has changed";
  app.add_flag("--resume{checked}", what)->each(resume)->needs(output)->group(kOutput);
  app.add_flag("--retry-failed", options.retry_failed,
               "As --resume, but make the failed calls of -o FILE again; FILE is in the order of INPUT at the end")
      ->needs(output)
      ->group(kOutput);
}

void add_shard(CLI::App& app, BatchOptions& options) {
  const auto read = [&options](const std::string& text) {
    try {
      options.shard = parse_shard(text);
    } catch (const std::invalid_argument& error) {
      throw CLI::ValidationError(std::string("--shard: ") + error.what());
    }
  };
  app.add_option_function<std::string>("--shard", read,
                                       "Make only the calls whose index leaves I when divided by N; I is from 0 to N-1")
      ->type_name("I/N")
      ->group(kInput);
}

void add_batch(CLI::App& main, BatchOptions& options) {
  CLI::App& app = *main.add_subcommand("batch", "Run a file of calls");
  add_common(app, options, kBatchFooter);
  app.add_option("INPUT", options.input,
                 "The calls: .jsonl, .json, .csv, .tsv, or .txt with a prompt a line, also .gz or .zst; - for stdin")
      ->required()
      ->type_name("");
  add_input_format(app, options.input_format)->group(kInput);
  add_shard(app, options);
  CLI::Option* output = app.add_option("-o,--output", options.output, "Write to a file instead of stdout");
  output->type_name("FILE")->group(kOutput);
  add_resume(app, options, output);
  app.add_flag("--unordered", options.unordered, "Write each result as soon as it is there")->group(kOutput);
  app.add_flag("--capture", options.pool.capture, "Add what the script printed during each call")->group(kOutput);
  add_statistics(app, options);
  add_log_level(app, options);
  add_argument_options(app, options);
  app.add_option("--affinity", options.affinity,
                 "Lines with the same value of this field, path or variable go to one host, one after the other")
      ->type_name("FIELD")
      ->group(kArguments);
  add_ray_flags(app, options.ray);
  add_pool_options(app, options, kManyCalls);
}

void add_merge(CLI::App& main, MergeOptions& options) {
  CLI::App& app = *main.add_subcommand("merge", "Join the outputs of shards, and see that no call is missing");
  app.footer(kMergeFooter);
  app.get_formatter()->column_width(34);
  add_merge_flags(app, options);
}

void add_pipe(CLI::App& main, PipeOptions& options) {
  CLI::App& app = *main.add_subcommand("pipe", "Serve calls of another program, in any language");
  add_common(app, options, kPipeFooter);
  add_log_level(app, options);
  add_pool_options(app, options, kManyCalls);
}

void add_serve(CLI::App& main, ServeOptions& options) {
  CLI::App& app = *main.add_subcommand("serve", "Give a script an HTTP address: OpenAI's API and its own");
  add_common(app, options, kServeFooter);
  add_server_flags(app, options);
  add_log_level(app, options);
  add_argument_options(app, options, kApiByRequest);
  add_pool_options(app, options, kManyCalls);
}

void add_check(CLI::App& main, CheckOptions& options) {
  CLI::App& app = *main.add_subcommand("check", "Import a script and report on it");
  add_common(app, options, kCheckFooter);
  app.add_option("--call", options.prompt,
                 "Also make one call with this prompt (or @FILE, or -) and validate its result")
      ->type_name("PROMPT");
  app.add_flag("--json", options.json, "Report as one line of JSON")->group(kOutput);
  add_log_level(app, options);
  add_argument_options(app, options);
  add_pool_options(app, options, kOneCall);
}

void add_doctor(CLI::App& main, DoctorOptions& options) {
  CLI::App& app = *main.add_subcommand("doctor", "Show which Pythons can be used, and what is missing");
  app.footer(kDoctorFooter);
  app.add_option("--python", options.python,
                 "Interpreter, virtual environment or version to look at instead of the default")
      ->type_name("PYTHON");
  app.add_option("--build", options.build,
                 "Build the host for this interpreter, virtual environment or version, and put it where it is found")
      ->type_name("PYTHON")
      ->excludes("--python");
  app.add_flag("--promptfoo", options.promptfoo,
               "Try what promptfoo does with provider-host-python, and show the line that makes it use that")
      ->excludes("--python")
      ->excludes("--build");
  app.add_flag("--json", options.json, "Report as one line of JSON");
}

}  // namespace

Command parse_command_line(int argc, const char* const* argv) {
  CLI::App app("Runs Python provider scripts in supervised subprocesses.", "provider-host");
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(kMainFooter);
  app.set_version_flag("--version", version_text());
  app.require_subcommand(0, 1);
  CallOptions call;
  BatchOptions batch;
  MergeOptions merge;
  PipeOptions pipe;
  ServeOptions serve;
  CheckOptions check;
  DoctorOptions doctor;
  add_call(app, call);
  add_batch(app, batch);
  add_merge(app, merge);
  add_pipe(app, pipe);
  add_serve(app, serve);
  add_check(app, check);
  add_doctor(app, doctor);
  try {
    app.parse(argc, argv);
    for (const CLI::App* command : app.get_subcommands()) check_not_empty(*command, {"PROMPT", "--call"});
    check_pool_flags(*app.get_subcommand("call"), call.pool);
    check_pool_flags(*app.get_subcommand("batch"), batch.pool);
    check_pool_flags(*app.get_subcommand("pipe"), pipe.pool);
    check_pool_flags(*app.get_subcommand("serve"), serve.pool);
    check_pool_flags(*app.get_subcommand("check"), check.pool);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return Exit{app.exit(error, std::cout, std::cerr)};
    std::cerr << "provider-host: " << to_valid_utf8(usage_error_message(app, error, argc, argv)) << "\n";
    return Exit{kWrongUsage};
  }
  if (app.got_subcommand("call")) return call;
  if (app.got_subcommand("batch")) return batch;
  if (app.got_subcommand("merge")) return merge;
  if (app.got_subcommand("pipe")) return pipe;
  if (app.got_subcommand("serve")) return serve;
  if (app.got_subcommand("check")) return check;
  if (app.got_subcommand("doctor")) return doctor;
  std::cerr << app.help();
  return Exit{kWrongUsage};
}

}  // namespace provider_host::cli
