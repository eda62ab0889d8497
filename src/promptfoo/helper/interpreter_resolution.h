#pragma once

#include <map>
#include <string>

#include "promptfoo/helper/host_settings.h"

namespace provider_host::promptfoo {

struct ResolvedInterpreter {
  std::string executable;
  std::map<std::string, std::string> environment;  ///< Of what runs in it.
};

/// What the interpreter of the settings is in their environment and directory. Scripts that stand for interpreters,
/// such as pyenv's shims, choose by these, and change the environment; so such a script is run once (50 ms). A program
/// is what it is. Throws ConfigError when the script does not lead to a Python.
ResolvedInterpreter resolve_interpreter(const HostSettings& settings);

}  // namespace provider_host::promptfoo
