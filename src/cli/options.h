#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "cli/batch/input/input_format.h"
#include "cli/batch/shard.h"
#include "cli/commands/call_arguments.h"
#include "cli/io/console.h"
#include "provider_host/call.h"
#include "provider_host/options.h"

namespace provider_host::cli {

/// What `call`, `batch`, `pipe` and `check` have in common. Defaults are the library's.
struct CommonOptions {
  std::string script;      ///< SCRIPT[:FUNCTION], as typed.
  std::optional<Api> api;  ///< Of --api.
  ArgumentTexts arguments;
  PoolOptions pool;  ///< All but `script` and `log`.
  LogThreshold log_level = LogThreshold::kInfo;

  /// The API of calls of `function` (empty: none was named), as far as the command line determines it.
  [[nodiscard]] std::optional<Api> api_of(const std::string& function) const {
    return api ? api : api_of_function(function);
  }
};

struct CallOptions : CommonOptions {
  std::string prompt;  ///< With kNone: a JSON array.
  bool envelope = false;
  bool stream = false;  ///< Write items as they come.
};

/// What to do with calls that an output file already has.
enum class Resume : std::uint8_t {
  kNo,
  kChecked,  ///< They are not made again, if their lines of the input are still the same.
  kForced,   ///< They are not made again.
};

/// The Ray cluster of a batch, as typed; empty or without a value: the bridge decides.
struct RayOptions {
  std::string address;  ///< `auto`, `local` or `HOST:PORT`; empty: no cluster.
  std::optional<int> actors;
  std::optional<double> cpus;  ///< Of an actor, and so on.
  std::optional<double> gpus;
  std::map<std::string, double> resources;
  std::string runtime_env;  ///< A JSON object, or @FILE.
};

struct BatchOptions : CommonOptions {
  std::string input;                        ///< A file, or `-`.
  std::optional<InputFormat> input_format;  ///< Empty: recognised.
  Shard shard;                              ///< Of --shard: the calls to make.
  std::string output;                       ///< Empty: stdout.
  Resume resume = Resume::kNo;
  bool retry_failed = false;  ///< Of the calls that the output holds, the failed ones are made again.
  bool unordered = false;
  std::string affinity;  ///< The field of a line that holds its affinity key; empty: `affinity` alone.
  bool stats = false;
  std::string stats_json;  ///< A file for the statistics; empty: none.
  RayOptions ray;
};

struct CheckOptions : CommonOptions {
  std::optional<std::string> prompt;  ///< Of --call.
  bool json = false;
};

struct PipeOptions : CommonOptions {};

struct DoctorOptions {
  std::string python;
  std::string build;  ///< The Python to build a host for; empty: none.
  bool promptfoo = false;
  bool json = false;
};

}  // namespace provider_host::cli
