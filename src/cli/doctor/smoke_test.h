#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "provider_host/interpreters.h"
#include "provider_host/script_report.h"

namespace provider_host::cli {

/// What a host for an interpreter did when it was tried, beside the interpreter itself.
struct SmokeTest {
  ScriptReport start;
  std::string version;                               ///< `sys.version` in the host.
  std::string version_of_interpreter;                ///< And under the interpreter.
  std::vector<std::string> imported;                 ///< What was imported in both.
  std::map<std::string, std::string> import_errors;  ///< What only the interpreter can import → the host's error.

  /// Whether the host runs on the very build that the interpreter is.
  [[nodiscard]] bool is_same_build() const { return version == version_of_interpreter; }
};

/// Starts a host for `python` once (`host_executable`, or, when that is empty, the one that is found for it) and has it
/// import modules of which parts are built into some builds of Python and lie in files of others, and C extensions that
/// are installed often; the interpreter does the same. Throws ConfigError, ImportFailed, std::runtime_error.
SmokeTest run_smoke_test(const Interpreter& python, const std::filesystem::path& host_executable);

/// The import errors in a sentence; empty when there are none.
std::string import_error(const SmokeTest& test, const Interpreter& python);

}  // namespace provider_host::cli
