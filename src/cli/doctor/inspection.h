#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/doctor/smoke_test.h"
#include "provider_host/interpreters.h"

namespace provider_host::cli {

/// What `doctor` found on this machine.
struct Inspection {
  std::vector<HostExecutable> hosts;
  std::vector<std::filesystem::path> directories;  ///< Where hosts are looked for.
  std::vector<Interpreter> interpreters;           ///< All on this machine.
  std::string chosen_by;
  std::optional<Interpreter> interpreter;  ///< The one that would be used.
  std::optional<HostExecutable> host;      ///< Its host.
  std::optional<SmokeTest> smoke_test;     ///< Of both.
  std::vector<std::string> errors;
  std::string hint;  ///< What to do about them; empty without errors.
};

/// Looks for interpreters and hosts, and tests a host for `python` (as in `find_interpreter`). Failures are
/// `errors` in the result, never exceptions.
Inspection inspect_machine(const std::string& python);

/// For people, and as one line of JSON.
std::string text_of(const Inspection& inspection);
std::string json_of(const Inspection& inspection);

}  // namespace provider_host::cli
