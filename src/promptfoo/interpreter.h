#pragma once

#include <filesystem>
#include <string>

namespace provider_host::promptfoo {

/// The interpreter that this program stands for: $PROVIDER_HOST_PYTHON, else the virtual environment $VIRTUAL_ENV, else
/// the one in whose bin/ this program is installed, else `python3` on PATH. Absolute; symbolic links stay, since a
/// virtual environment is known by its own path. This program is never its own interpreter, under no name: on PATH it
/// is passed over, elsewhere it is an error. No process is started, unless PROVIDER_HOST_PYTHON is a version. Throws
/// ConfigError with what was looked for.
std::filesystem::path find_real_interpreter();

/// The path of this program as it was found: `name` (argv[0]) from the current directory or on PATH, links not
/// followed.
std::filesystem::path own_path(const std::string& name);

}  // namespace provider_host::promptfoo
