#pragma once

#include <filesystem>
#include <string>

namespace provider_host::cli {

/// What `SCRIPT[:FUNCTION]` names.
struct ScriptSpec {
  std::filesystem::path script;
  std::string function;  ///< Empty: the API's default.
};

/// Parses `x.py`, `x.py:fn`, `x.py:Class.method`, each also with `file://` or `python:` in front. A text that is
/// the path of a file is never split at a colon. Throws UsageError when there is no path, or nothing
/// after the colon.
ScriptSpec parse_script_spec(std::string text);

}  // namespace provider_host::cli
