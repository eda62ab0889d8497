#include "pool/host/host_program.h"

#include "base/absolute_path.h"
#include "pool/host/host_environment.h"
#include "provider_host/error.h"

namespace provider_host::internal {
namespace {

std::filesystem::path absolute(const char* option, const std::filesystem::path& path) {
  if (const auto result = absolute_path(path)) return *result;
  throw ConfigError(std::string(option) + " " + path.string() +
                    " is a relative path, and the working directory was deleted");
}

std::string working_directory(const PoolOptions& options) {
  if (options.working_directory.empty()) return "";
  const auto path = absolute("working_directory", options.working_directory);
  if (std::error_code ignored; !std::filesystem::is_directory(path, ignored))
    throw ConfigError("working_directory " + path.string() + " is no directory");
  return path.string();
}

// See src/host/preload.h.
constexpr const char* kLibpythonVariable = "PROVIDER_HOST_LIBPYTHON=";
constexpr const char* kInterpreterVariable = "PROVIDER_HOST_INTERPRETER=";

std::vector<std::string> environment_for(const PoolOptions& options, const Interpreter& interpreter) {
  std::vector<std::string> entries = host_environment(options, own_environment());
  std::erase_if(entries, [](const std::string& entry) {
    return entry.starts_with(kInterpreterVariable) || entry.starts_with(kLibpythonVariable);
  });
  entries.push_back(kInterpreterVariable + interpreter.program.string());
  if (!interpreter.libpython.empty()) entries.push_back(kLibpythonVariable + interpreter.libpython.string());
  return entries;
}

std::filesystem::path host_for(const PoolOptions& options, const Interpreter& interpreter) {
  if (!options.host_executable.empty()) return absolute("host_executable", options.host_executable);
  return host_executable_for(interpreter).path;
}

}  // namespace

HostProgram host_program(const PoolOptions& options, const Interpreter& interpreter) {
  return {.executable = host_for(options, interpreter),
          .environment = environment_for(options, interpreter),
          .working_directory = working_directory(options)};
}

}  // namespace provider_host::internal
