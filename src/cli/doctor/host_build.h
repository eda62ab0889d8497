#pragma once

#include <filesystem>
#include <string>

#include "cli/io/console.h"
#include "provider_host/interpreters.h"

namespace provider_host::cli {

/// A host that was just built.
struct BuiltHost {
  Interpreter interpreter;
  std::filesystem::path path;
  double ready_ms = 0;
};

/// Builds the host for `python` (as in `find_interpreter`) from the project's sources, starts it once, and puts it into
/// `user_host_directory()`. Takes half a minute; reports its steps on the console. Throws ConfigError, BuildFailed.
BuiltHost build_host(const std::string& python, Console& console);

}  // namespace provider_host::cli
