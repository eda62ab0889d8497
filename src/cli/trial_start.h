#pragma once

#include <filesystem>
#include <string>

#include "provider_host/script_report.h"

namespace provider_host::cli {

/// Starts a host for `python` once, with an empty script: `host_executable`, or, when that is empty, the one that is
/// found for it. Throws ConfigError, ImportFailed.
ScriptReport start_once(const std::string& python, const std::filesystem::path& host_executable);

}  // namespace provider_host::cli
