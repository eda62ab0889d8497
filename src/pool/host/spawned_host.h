#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "platform/pipes.h"
#include "platform/shared_memory.h"
#include "process/process_handle.h"
#include "wire/host_memory.h"

namespace provider_host::internal {

/// The program of all hosts of a pool: an executable and its environment.
struct HostProgram {
  std::filesystem::path executable;      ///< Absolute.
  std::vector<std::string> environment;  ///< NAME=VALUE
  std::string working_directory;         ///< Empty: that of this process.
};

/// A host that has just been started: its process and the pool's ends of its channels.
struct SpawnedHost {
  Fd call, control, diagnostics, out, err;
  platform::SharedMemory memory;  ///< A wire::HostMemory.
  std::unique_ptr<process::ProcessHandle> process;
};

/// The channels of a host to be: both ends of each.
struct HostEnds {
  platform::Ends call = platform::make_socketpair();
  platform::Ends control = platform::make_socketpair();
  platform::Ends diagnostics = platform::make_output_pipe();
  platform::Ends out = platform::make_output_pipe();
  platform::Ends err = platform::make_output_pipe();
  Fd memory = platform::make_shared_memory(sizeof(wire::HostMemory), wire::HostMemory::kLeast);

  /// The pool's part of them. Throws std::system_error.
  SpawnedHost ours(std::unique_ptr<process::ProcessHandle> process);
};

/// `script` is shown in lists of processes. Throws std::system_error.
SpawnedHost spawn_host(const HostProgram& program, const std::string& script);

}  // namespace provider_host::internal
