#pragma once

#include <filesystem>

#include "provider_host/interpreters.h"

namespace provider_host::internal {

/// Runs the program `file` (absolute path) to find out which Python it is. Results are cached while the file stays as
/// it is. Throws ConfigError when it is no Python 3 or does not respond. Any thread.
Interpreter ask_interpreter(const std::filesystem::path& file);

}  // namespace provider_host::internal
