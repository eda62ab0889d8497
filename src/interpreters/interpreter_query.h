#pragma once

#include <filesystem>

#include "provider_host/interpreters.h"

namespace provider_host::internal {

/// Asks the program `file` (absolute) which Python it is; answers are kept while the file stays as it is. Throws
/// ConfigError when it is no Python 3 or does not answer. Any thread.
Interpreter ask_interpreter(const std::filesystem::path& file);

}  // namespace provider_host::internal
