#include "cli/commands/session.h"

#include <unistd.h>

#include <string>

#include "cli/io/file_descriptor.h"

namespace provider_host::cli {

PoolOptions pool_options(const CommonOptions& options, const ScriptSpec& spec, Console& console) {
  PoolOptions pool = options.pool;
  pool.script = spec.script;
  pool.log = [&console](const LogLine& line) { console.log(line); };
  return pool;
}

void print(std::string_view text) { write_all(STDOUT_FILENO, std::string(text) + "\n", "stdout"); }

}  // namespace provider_host::cli
