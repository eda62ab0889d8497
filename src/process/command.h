#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "process/child.h"

namespace provider_host::process {

struct CommandResult {
  ExitStatus status;
  bool timed_out = false;
  std::string output;  ///< What it wrote to stdout, at most 64 KiB.
  std::string errors;  ///< The same for stderr.
};

/// Runs a short command to its end, at most `limit` long. argv[0] must be an absolute path. Throws std::system_error
/// when it cannot be started. `environment` and `working_directory` are as in SpawnRequest.
CommandResult run_command(const std::vector<std::string>& argv, std::chrono::milliseconds limit,
                          const std::optional<std::vector<std::string>>& environment = {},
                          const std::string& working_directory = {});

}  // namespace provider_host::process
