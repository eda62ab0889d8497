#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <array>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "cli/exit_code.h"
#include "cli/help_text.h"

namespace provider_host::cli {
namespace {

template <typename T, std::size_t size>
using Names = std::array<std::pair<const char*, T>, size>;

constexpr Names<Api, 4> kApis = {{{"call", Api::kCall},
                                  {"embedding", Api::kEmbedding},
                                  {"classification", Api::kClassification},
                                  {"none", Api::kNone}}};
constexpr Names<LogThreshold, 5> kLogLevels = {{{"debug", LogThreshold::kDebug},
                                                {"info", LogThreshold::kInfo},
                                                {"warning", LogThreshold::kWarning},
                                                {"error", LogThreshold::kError},
                                                {"off", LogThreshold::kOff}}};
constexpr Names<NanPolicy, 2> kNans = {{{"error", NanPolicy::kError}, {"null", NanPolicy::kNull}}};
constexpr Names<SurrogatePolicy, 2> kSurrogates = {
    {{"error", SurrogatePolicy::kError}, {"replace", SurrogatePolicy::kReplace}}};
constexpr Names<EventLoop, 2> kEventLoops = {{{"asyncio", EventLoop::kAsyncio}, {"uvloop", EventLoop::kUvloop}}};
constexpr Names<BytesPolicy, 2> kBytes = {{{"error", BytesPolicy::kError}, {"base64", BytesPolicy::kBase64}}};

// An option that takes one of a few words.
template <typename Target, typename T, std::size_t size>
CLI::Option* add_choice(CLI::App& app, const char* flag, Target& target, const Names<T, size>& names,
                        const char* what) {
  std::string words;
  for (const auto& entry : names) words += (words.empty() ? "" : "|") + std::string(entry.first);
  const auto choose = [&target, names, words, flag](const std::string& word) {
    for (const auto& [name, value] : names) {
      if (word != name) continue;
      target = value;
      return;
    }
    throw CLI::ValidationError(flag, "'" + word + "' is none of " + words);
  };
  return app.add_option_function<std::string>(flag, choose, what)->type_name(words);
}

CLI::Validator at_least_one() {
  const auto check = [](const std::string& text) -> std::string {
    int value = 0;
    if (CLI::detail::lexical_cast(text, value) && value >= 1) return "";
    return "'" + text + "' is no whole number of at least 1";
  };
  return {check, ""};
}

CLI::Validator seconds() {
  const auto check = [](const std::string& text) -> std::string {
    double value = 0;
    if (CLI::detail::lexical_cast(text, value) && std::isfinite(value) && value >= 0) return "";
    return "'" + text + "' is no number of seconds; 0 means no limit";
  };
  return {check, ""};
}

void add_seconds(CLI::App& app, const char* flag, double& target, const std::string& what) {
  app.add_option(flag, target, what)->check(seconds())->type_name("S")->capture_default_str();
}

void add_argument_options(CLI::App& app, CommonOptions& options) {
  ArgumentTexts& texts = options.arguments;
  add_choice(app, "--api", options.api, kApis, "What the function is called with and must return (default call)");
  app.add_option("--options", texts.options, "The second argument, an object; @FILE reads it from a file")
      ->type_name("JSON");
  app.add_option("--context", texts.context, "The third argument, an object; @FILE reads it from a file")
      ->type_name("JSON");
  app.add_option("--config", texts.config, "Into options.config; again for more; strings need quotes, @FILE works")
      ->type_name("KEY=JSON")
      ->allow_extra_args(false);
  app.add_option("--var", texts.vars, "Into context.vars; again for more; the value is a string as it stands")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

void add_pool_options(CLI::App& app, CommonOptions& options) {
  PoolOptions& pool = options.pool;
  app.add_option("--workers", pool.workers, "Hosts, each a process that imports the script")
      ->check(at_least_one())
      ->type_name("N")
      ->envname("PROVIDER_HOST_WORKERS")
      ->capture_default_str();
  app.add_option("--concurrency", pool.concurrency, "Calls in flight in one host, for async functions and threads")
      ->check(at_least_one())
      ->type_name("N")
      ->capture_default_str();
  add_seconds(app, "--timeout", pool.timeout, "Seconds a host may take for one call; 0: no limit");
  add_seconds(app, "--deadline", pool.deadline, "The same, counted from submission, waiting included; 0: none");
  add_seconds(app, "--start-timeout", pool.start_timeout, "Seconds for starting a host, import included");
  app.add_option("--python", pool.python,
                 "Interpreter or virtual environment (default: PROVIDER_HOST_PYTHON, else python3 on PATH)")
      ->type_name("PATH");
  add_choice(app, "--event-loop", pool.event_loop, kEventLoops, "What async functions run on (default asyncio)");
  add_choice(app, "--nan", pool.nan, kNans, "What NaN and infinities in a result become (default error)");
  add_choice(app, "--surrogates", pool.surrogates, kSurrogates, "What lone surrogates become (default error)");
  add_choice(app, "--bytes", pool.bytes, kBytes, "What bytes objects become (default error)");
  add_choice(app, "--log-level", options.log_level, kLogLevels, "What is shown on stderr (default info)")
      ->envname("PROVIDER_HOST_LOG");
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
  app.add_option("PROMPT", options.prompt, "The prompt; with --api none a JSON array of arguments")
      ->required()
      ->type_name("");
  add_argument_options(app, options);
  add_pool_options(app, options);
  CLI::Option* envelope = app.add_flag("--envelope", options.envelope, "Print one line as in the output of a batch");
  app.add_flag("--capture", options.pool.capture, "Put what the script printed into the envelope")->needs(envelope);
}

void add_batch(CLI::App& main, BatchOptions& options) {
  CLI::App& app = *main.add_subcommand("batch", "Run a file of calls");
  add_common(app, options, kBatchFooter);
  app.add_option("INPUT", options.input, "One call a line: .jsonl, or .txt with a prompt a line; - for stdin (.jsonl)")
      ->required()
      ->type_name("");
  CLI::Option* output = app.add_option("-o,--output", options.output, "Write to a file instead of stdout");
  output->type_name("FILE");
  app.add_flag("--resume", options.resume, "Skip the calls that -o FILE already holds, append the rest")->needs(output);
  app.add_flag("--unordered", options.unordered, "Write each result as soon as it is there");
  app.add_flag("--capture", options.pool.capture, "Add what the script printed during each call");
  add_argument_options(app, options);
  add_pool_options(app, options);
}

void add_check(CLI::App& main, CheckOptions& options) {
  CLI::App& app = *main.add_subcommand("check", "Import a script and report on it");
  add_common(app, options, kCheckFooter);
  app.add_option("--call", options.prompt, "Also make one call with this prompt and validate its result")
      ->type_name("PROMPT");
  app.add_flag("--json", options.json, "Report as one line of JSON");
  add_argument_options(app, options);
  add_pool_options(app, options);
}

void add_doctor(CLI::App& main, DoctorOptions& options) {
  CLI::App& app = *main.add_subcommand("doctor", "Show which Pythons can be used, and what is missing");
  app.footer(kDoctorFooter);
  app.add_option("--python", options.python, "Interpreter or virtual environment to look at instead of the default")
      ->type_name("PATH");
  app.add_flag("--json", options.json, "Report as one line of JSON");
}

void check_capture(const PoolOptions& pool) {
  if (!pool.capture || pool.concurrency == 1) return;
  throw CLI::ValidationError(
      "--capture", "with --concurrency above 1 nobody can tell which call printed what; leave one of them out");
}

}  // namespace

Command parse_command_line(int argc, const char* const* argv) {
  CLI::App app("Runs Python provider scripts in supervised subprocesses.", "provider-host");
  app.footer(kMainFooter);
  app.set_version_flag("--version", "provider-host " PROVIDER_HOST_VERSION);
  app.require_subcommand(0, 1);
  CallOptions call;
  BatchOptions batch;
  CheckOptions check;
  DoctorOptions doctor;
  add_call(app, call);
  add_batch(app, batch);
  add_check(app, check);
  add_doctor(app, doctor);
  try {
    app.parse(argc, argv);
    check_capture(call.pool);
    check_capture(batch.pool);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) std::cerr << "provider-host: ";
    return Exit{app.exit(error, std::cout, std::cerr) == 0 ? kDone : kWrongUsage};
  }
  if (app.got_subcommand("call")) return call;
  if (app.got_subcommand("batch")) return batch;
  if (app.got_subcommand("check")) return check;
  if (app.got_subcommand("doctor")) return doctor;
  std::cerr << app.help();
  return Exit{kWrongUsage};
}

}  // namespace provider_host::cli
