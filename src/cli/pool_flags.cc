#include "cli/pool_flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <limits>

#include "cli/option_values.h"

namespace provider_host::cli {
namespace {

constexpr Names<NanPolicy, 2> kNans = {{{"error", NanPolicy::kError}, {"null", NanPolicy::kNull}}};
constexpr Names<SurrogatePolicy, 2> kSurrogates = {
    {{"error", SurrogatePolicy::kError}, {"replace", SurrogatePolicy::kReplace}}};
constexpr Names<EventLoop, 2> kEventLoops = {{{"asyncio", EventLoop::kAsyncio}, {"uvloop", EventLoop::kUvloop}}};
constexpr Names<BytesPolicy, 2> kBytes = {{{"error", BytesPolicy::kError}, {"base64", BytesPolicy::kBase64}}};
constexpr Names<EnvPolicy, 2> kEnvs = {{{"inherit", EnvPolicy::kInherit}, {"clean", EnvPolicy::kClean}}};

constexpr const char* kHosts = "Hosts";
constexpr const char* kTimes = "Times";
constexpr const char* kFaults = "Faults";
constexpr const char* kResources = "Resources";
constexpr const char* kEnvironment = "Environment of the hosts";
constexpr const char* kValues = "Values that are no JSON";

void set_variable(PoolOptions& pool, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) {
    throw CLI::ValidationError("--set-env", "'" + text + "' is not of the form KEY=VALUE");
  }
  pool.env_set[text.substr(0, equals)] = text.substr(equals + 1);
}

void set_folder(PoolOptions& pool, const std::string& text) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(text, ignored)) throw CLI::ValidationError("--cwd", "'" + text + "' is no folder");
  pool.working_directory = text;
}

std::string name_fault(const std::string& name) {
  if (!name.empty() && name.find('=') == std::string::npos) return "";
  return "'" + name + "' is no name of a variable";
}

}  // namespace

void add_host_flags(CLI::App& app, PoolOptions& pool) {
  add_number(app, "--workers", pool.workers, 1, "Hosts, each a process that imports the script")
      ->envname("PROVIDER_HOST_WORKERS")
      ->group(kHosts);
  add_number(app, "--concurrency", pool.concurrency, 1, "Calls in flight in one host, for async functions and threads")
      ->group(kHosts);
  app.add_option(
         "--python", pool.python,
         "Interpreter, virtual environment or version such as 3.12 (default: PROVIDER_HOST_PYTHON, else the active "
         "virtual environment, else python3 on PATH)")
      ->type_name("PYTHON")
      ->group(kHosts);
  add_choice(app, "--event-loop", pool.event_loop, kEventLoops, "What async functions run on (default asyncio)")
      ->group(kHosts);
}

void add_time_flags(CLI::App& app, PoolOptions& pool) {
  add_seconds(app, "--timeout", pool.timeout, "Seconds a host may take for one call; 0: no limit")->group(kTimes);
  add_seconds(app, "--deadline", pool.deadline, "The same, counted from submission, waiting included; 0: none")
      ->group(kTimes);
  add_seconds(app, "--start-timeout", pool.start_timeout, "Seconds for starting a host, import included")
      ->group(kTimes);
  add_seconds(app, "--interrupt-grace", pool.interrupt_grace,
              "Seconds that code has to end after a timeout, before its host is killed", "at once")
      ->group(kTimes);
}

void add_value_flags(CLI::App& app, PoolOptions& pool) {
  add_choice(app, "--nan", pool.nan, kNans, "What NaN and infinities in a result become (default error)")
      ->group(kValues);
  add_choice(app, "--surrogates", pool.surrogates, kSurrogates, "What lone surrogates become (default error)")
      ->group(kValues);
  add_choice(app, "--bytes", pool.bytes, kBytes, "What bytes objects become (default error)")->group(kValues);
}

void add_fault_flags(CLI::App& app, PoolOptions& pool, bool many_calls) {
  add_number(app, "--retries", pool.retries, 0,
             "Run a call that has crashed its host again, up to N times; for calls that may run twice")
      ->group(kFaults);
  add_seconds(app, "--retry-backoff", pool.retry_backoff,
              "Seconds before the first retry, twice as many before each further one", "at once")
      ->group(kFaults);
  add_number(app, "--max-crashes-per-call", pool.max_crashes_per_call, 1,
             "Give up a call that has crashed N hosts, whatever --retries says (but --retries alone raises it)")
      ->group(kFaults);
  if (!many_calls) return;
  app.add_flag("--retry-collateral,!--no-retry-collateral", pool.retry_collateral,
               "Run calls again, once, whose host another call has crashed (default); or do not")
      ->group(kFaults);
  add_number(app, "--quarantine-after", pool.quarantine_after, 0,
             "Do not try calls with arguments that have crashed N hosts; 0: always try")
      ->group(kFaults);
}

void add_resource_flags(CLI::App& app, PoolOptions& pool, bool many_calls) {
  add_size(app, "--memory-limit", pool.memory_limit,
           "Address space of a host; beyond it Python raises MemoryError (default: no limit)")
      ->group(kResources);
  if (!many_calls) return;
  add_size(app, "--max-rss", pool.max_rss, "Replace a host between calls when it holds more memory (default: never)")
      ->group(kResources);
  add_number(app, "--max-calls-per-host", pool.max_calls_per_host, 0, "Replace a host after about N calls; 0: never")
      ->group(kResources);
}

void add_environment_flags(CLI::App& app, PoolOptions& pool) {
  add_choice(app, "--env", pool.env, kEnvs,
             "Variables that hosts get: all, or only the likes of PATH, HOME and LANG (default inherit)")
      ->group(kEnvironment);
  app.add_option("--keep-env", pool.env_keep, "Keep this variable too, with --env clean; again or A,B for more")
      ->type_name("NAME")
      ->check(CLI::Validator(name_fault, ""))
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(kEnvironment);
  const auto set = [&pool](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) set_variable(pool, text);
  };
  app.add_option_function<std::vector<std::string>>("--set-env", set, "Set a variable; again for more")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->group(kEnvironment);
  app.add_option_function<std::string>(
         "--cwd", [&pool](const std::string& text) { set_folder(pool, text); },
         "The folder that hosts run in (default: the current one); SCRIPT does not depend on it")
      ->type_name("DIR")
      ->group(kEnvironment);
  add_umask(app, "--umask", pool.umask, "Rights that files made by the script lack, such as 077")->group(kEnvironment);
  app.add_flag("--no-new-privs", pool.no_new_privs, "Nothing that the script executes gains rights: sudo fails")
      ->group(kEnvironment);
  app.add_flag("--core-dumps", pool.core_dumps, "Let a crash write a core file, which holds prompts and keys")
      ->group(kEnvironment);
}

void check_pool_flags(const CLI::App& app, PoolOptions& pool) {
  const auto given = [&app](const char* flag) {
    const CLI::Option* option = app.get_option_no_throw(flag);
    return option != nullptr && option->count() > 0;
  };
  if (given("--keep-env") && pool.env == EnvPolicy::kInherit) {
    throw CLI::ValidationError("--keep-env", "without --env clean every variable is kept; add that, or leave this out");
  }
  // Who asks for retries gets them.
  if (given("--retries") && !given("--max-crashes-per-call")) {
    const int most = std::min(pool.retries, std::numeric_limits<int>::max() - 1);
    pool.max_crashes_per_call = std::max(pool.max_crashes_per_call, most + 1);
  }
  if (!pool.capture || pool.concurrency == 1) return;
  throw CLI::ValidationError(
      "--capture", "with --concurrency above 1 nobody can tell which call printed what; leave one of them out");
}

}  // namespace provider_host::cli
