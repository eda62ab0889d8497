#include "pool/host/spawned_host.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

#include "process/child.h"

namespace provider_host::internal {

SpawnedHost HostEnds::ours(std::unique_ptr<process::ProcessHandle> process) {
  return {std::move(call.ours),        std::move(control.ours),
          std::move(diagnostics.ours), std::move(out.ours),
          std::move(err.ours),         platform::SharedMemory::map(memory.get(), sizeof(wire::HostMemory)),
          std::move(process)};
}

SpawnedHost spawn_host(const HostProgram& program, const std::string& script) {
  const std::string executable = program.executable.string();
  HostEnds ends;
  const std::vector<int> fds{ends.call.theirs.get(), ends.control.theirs.get(), ends.diagnostics.theirs.get(),
                             ends.memory.get()};
  return ends.ours(std::make_unique<process::Child>(process::Child::spawn(
      {.executable = executable,
       .argv = {executable, fmt::format("--protocol-fds={},{},{},{}", fds[0], fds[1], fds[2], fds[3]), script},
       .stdin_fd = -1,
       .stdout_fd = ends.out.theirs.get(),
       .stderr_fd = ends.err.theirs.get(),
       .inherited_fds = fds,
       .environment = program.environment,
       .working_directory = program.working_directory})));
}

}  // namespace provider_host::internal
