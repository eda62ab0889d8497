#include "cli/pool_flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "cli/option_values.h"
#include "provider_host/option_table.h"

namespace provider_host::cli {
namespace {

constexpr const char* kHosts = "Hosts";
constexpr const char* kTimes = "Times";
constexpr const char* kFailures = "Failures";
constexpr const char* kResources = "Resources";
constexpr const char* kEnvironment = "Environment of the hosts";
constexpr const char* kValues = "Values that are no JSON";

std::string directory_error(const std::string& text) {
  std::error_code ignored;
  return std::filesystem::is_directory(text, ignored) ? "" : "'" + text + "' is no directory";
}

}  // namespace

void add_host_flags(CLI::App& app, PoolOptions& pool, bool many_calls) {
  add_pool_option(app, pool, "workers",
                  "Hosts, each a process with the script; MIN:MAX: as many as calls need just then")
      ->envname("PROVIDER_HOST_WORKERS")
      ->group(kHosts);
  if (many_calls) {
    add_pool_option(app, pool, "idle_timeout",
                    "Seconds until a host above MIN that has had no call is stopped; 0: never")
        ->group(kHosts);
  }
  add_pool_option(app, pool, "concurrency", "Calls in flight in one host, for async functions and threads")
      ->group(kHosts);
  add_pool_switch(
      app, pool, "preload",
      "Import the script once and fork hosts from that process, where it is safe; auto: no warning where it "
      "is not (default off)")
      ->group(kHosts);
  if (many_calls) {
    add_pool_option(app, pool, "spares", "Hosts that have imported the script and wait to replace one that ends")
        ->group(kHosts);
  }
  add_pool_option(
      app, pool, "python",
      "Interpreter, virtual environment or version such as 3.12 (default: PROVIDER_HOST_PYTHON, else the active "
      "virtual environment, else python3 on PATH)")
      ->type_name("PYTHON")
      ->group(kHosts);
  add_pool_option(app, pool, "event_loop", "What async functions run on (default asyncio)")->group(kHosts);
}

void add_time_flags(CLI::App& app, PoolOptions& pool) {
  add_pool_option(app, pool, "timeout", "Seconds a host may take for one call; 0: no limit")->group(kTimes);
  add_pool_option(app, pool, "deadline", "The same, counted from submission, waiting included; 0: none")->group(kTimes);
  add_pool_option(app, pool, "item_timeout", "Seconds that each item of a generator may take; 0: no limit")
      ->group(kTimes);
  add_pool_option(app, pool, "start_timeout", "Seconds for starting a host, import included")->group(kTimes);
  add_pool_option(app, pool, "interrupt_grace",
                  "Seconds that code has to end after a timeout, before its host is killed")
      ->group(kTimes);
  add_pool_option(app, pool, "stop_grace",
                  "Seconds that a host has to end when all is done: threads, atexit functions, open files")
      ->group(kTimes);
}

void add_value_flags(CLI::App& app, PoolOptions& pool) {
  add_pool_option(app, pool, "nan", "What NaN and infinities in a result become (default error)")->group(kValues);
  add_pool_option(app, pool, "surrogates", "What lone surrogates become (default error)")->group(kValues);
  add_pool_option(app, pool, "bytes", "What bytes objects become (default error)")->group(kValues);
}

void add_failure_flags(CLI::App& app, PoolOptions& pool, bool many_calls) {
  add_pool_option(app, pool, "retries",
                  "Run a call that has crashed its host again, up to N times; for calls that may run twice")
      ->group(kFailures);
  add_pool_option(app, pool, "retry_backoff", "Seconds before the first retry, twice as many before each further one")
      ->group(kFailures);
  add_pool_option(app, pool, "max_crashes_per_call",
                  "Give up a call that has crashed N hosts, whatever --retries says (but --retries alone raises it)")
      ->group(kFailures);
  if (!many_calls) return;
  app.add_flag("--retry-collateral,!--no-retry-collateral", pool.retry_collateral,
               "Run calls again, once, whose host another call has crashed (default); or do not")
      ->group(kFailures);
  add_pool_option(app, pool, "quarantine_after",
                  "Do not try calls with arguments that have crashed N hosts; 0: always try")
      ->group(kFailures);
}

void add_resource_flags(CLI::App& app, PoolOptions& pool, bool many_calls) {
  add_pool_option(app, pool, "memory_limit",
                  "Address space of a host; beyond it Python raises MemoryError (default: no limit)")
      ->group(kResources);
  if (!many_calls) return;
  add_pool_option(app, pool, "max_rss", "Replace a host between calls when it holds more memory (default: never)")
      ->group(kResources);
  add_pool_option(app, pool, "max_calls_per_host", "Replace a host after N calls, or up to 10 % fewer; 0: never")
      ->group(kResources);
}

void add_environment_flags(CLI::App& app, PoolOptions& pool) {
  add_pool_option(app, pool, "env",
                  "Variables that hosts get: all, or only the likes of PATH, HOME and LANG (default inherit)")
      ->group(kEnvironment);
  add_pool_option(app, pool, "env_keep", "Keep this variable too, with --env clean; again or A,B for more",
                  "--keep-env")
      ->group(kEnvironment);
  add_pool_option(app, pool, "env_set", "Set a variable; again for more", "--set-env")->group(kEnvironment);
  add_pool_option(app, pool, "working_directory",
                  "The directory that hosts run in (default: the current one); SCRIPT does not depend on it", "--cwd")
      ->type_name("DIR")
      ->check(CLI::Validator(directory_error, ""))
      ->group(kEnvironment);
  add_pool_option(app, pool, "umask", "Rights that files made by the script lack, such as 077")->group(kEnvironment);
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
  if (given("--idle-timeout") && pool.workers.is_fixed()) {
    const bool has_connections = app.get_option_no_throw("--keep-alive-timeout") != nullptr;
    throw CLI::ValidationError(
        "--idle-timeout", std::string("a fixed number of --workers is kept; give these as MIN:MAX, or leave this out") +
                              (has_connections ? " (that of connections is --keep-alive-timeout)" : ""));
  }
  // Explicitly requested retries are made.
  if (given("--retries") && !given("--max-crashes-per-call")) {
    const int most = static_cast<int>(pool_option("max_crashes_per_call").most);
    pool.max_crashes_per_call = std::min(std::max(pool.max_crashes_per_call, pool.retries + 1), most);
  }
  if (!pool.capture || pool.concurrency == 1) return;
  throw CLI::ValidationError(
      "--capture", "with --concurrency above 1 nobody can tell which call printed what; leave one of them out");
}

}  // namespace provider_host::cli
