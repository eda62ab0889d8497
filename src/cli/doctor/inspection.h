#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/doctor/smoke_test.h"
#include "provider_host/interpreters.h"

namespace provider_host::cli {

/// What a look at this machine found.
struct Inspection {
  std::vector<HostExecutable> hosts;
  std::vector<std::filesystem::path> directories;  ///< Where hosts are looked for.
  std::vector<Interpreter> pythons;                ///< All on this machine.
  std::string chosen_by;
  std::optional<Interpreter> interpreter;  ///< The one that would be used.
  std::optional<HostExecutable> host;      ///< Its host.
  std::optional<SmokeTest> trial;          ///< Of both.
  std::vector<std::string> problems;
  std::string remedy;  ///< What to do about them; empty without problems.
};

/// Looks at what is there and tries a host for `python` (as in `find_interpreter`). What fails is a problem, never an
/// exception.
Inspection inspect_machine(const std::string& python);

/// For people, and as one line of JSON.
std::string text_of(const Inspection& findings);
std::string json_of(const Inspection& findings);

}  // namespace provider_host::cli
