#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "provider_host/interpreters.h"
#include "provider_host/script_report.h"

namespace provider_host::cli {

/// The result of running a test script in a host and under the interpreter itself.
struct SmokeTest {
  ScriptReport start;
  std::string version;                               ///< `sys.version` in the host.
  std::string version_of_interpreter;                ///< And under the interpreter.
  std::vector<std::string> imported;                 ///< What was imported in both.
  std::map<std::string, std::string> import_errors;  ///< What only the interpreter can import → the host's error.
  std::string untried;                               ///< What could not be tried, and why; else empty.

  /// Whether host and interpreter are the same build.
  [[nodiscard]] bool is_same_build() const { return version == version_of_interpreter; }
};

/// Starts a host for `python` once: `host_executable`, or, when that is empty, the one that is found for it. The host
/// imports modules that some builds of Python have built in and others load from files, and common C extensions. The
/// interpreter imports the same. Without a folder for temporary files it is only started. Throws ConfigError,
/// ImportFailed, std::runtime_error.
SmokeTest run_smoke_test(const Interpreter& python, const std::filesystem::path& host_executable);

/// The import errors in a sentence; empty when there are none.
std::string import_error(const SmokeTest& test, const Interpreter& python);

}  // namespace provider_host::cli
