#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "process/process_handle.h"
#include "process/shared_page.h"

namespace provider_host::internal {

/// What every host of a pool is: an executable, and the surroundings it gets.
struct HostProgram {
  std::filesystem::path executable;      ///< Absolute.
  std::vector<std::string> environment;  ///< NAME=VALUE
  std::string working_directory;         ///< Empty: that of this process.
};

/// A host that has just been started: its process and the pool's ends of all that leads to it.
struct SpawnedHost {
  Fd call, control, diagnostics, out, err;
  process::SharedPage page;
  std::unique_ptr<process::ProcessHandle> process;
};

/// `script` is for the eyes of those who list processes. Throws std::system_error.
SpawnedHost spawn_host(const HostProgram& program, const std::string& script);

}  // namespace provider_host::internal
