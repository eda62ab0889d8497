#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace provider_host::process {

/// What to start. Descriptors stay the caller's.
struct SpawnRequest {
  std::string executable;                               ///< Absolute path; no search.
  std::vector<std::string> argv;                        ///< With argv[0].
  int stdin_fd = -1;                                    ///< -1: /dev/null, or something as empty
  int stdout_fd = -1;                                   ///< -1: /dev/null
  int stderr_fd = -1;                                   ///< -1: /dev/null
  std::vector<int> inherited_fds;                       ///< Kept open in the child under the same number; each above 2.
  std::optional<std::vector<std::string>> environment;  ///< NAME=VALUE; empty: that of this process.
  std::string working_directory;                        ///< Empty: that of this process.
};

/// Starts the process, in a group of its own, without blocked signals and with default handlers, except that it ignores
/// what this process may have been told to ignore (platform::kLeftIgnored). Throws std::system_error when the
/// executable cannot be executed; then there is no child.
pid_t spawn(SpawnRequest request);

}  // namespace provider_host::process
