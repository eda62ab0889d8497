#include "pool/host/spawned_host.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

#include "process/child.h"
#include "process/pipes.h"
#include "wire/host_memory.h"

namespace provider_host::internal {

SpawnedHost spawn_host(const HostProgram& program, const std::string& script) {
  const std::string executable = program.executable.string();
  process::Ends call = process::make_socketpair();
  process::Ends control = process::make_socketpair();
  process::Ends diagnostics = process::make_output_pipe();
  process::Ends out = process::make_output_pipe();
  process::Ends err = process::make_output_pipe();
  const Fd memory = process::make_shared_memory(sizeof(wire::HostMemory), wire::HostMemory::kPage);
  const std::vector<int> fds{call.theirs.get(), control.theirs.get(), diagnostics.theirs.get(), memory.get()};
  auto child = std::make_unique<process::Child>(process::Child::spawn(
      {.executable = executable,
       .argv = {executable, fmt::format("--protocol-fds={},{},{},{}", fds[0], fds[1], fds[2], fds[3]), script},
       .stdin_fd = -1,
       .stdout_fd = out.theirs.get(),
       .stderr_fd = err.theirs.get(),
       .inherited_fds = fds,
       .environment = program.environment,
       .working_directory = program.working_directory}));
  return {
      std::move(call.ours), std::move(control.ours), std::move(diagnostics.ours),
      std::move(out.ours),  std::move(err.ours),     process::SharedMemory::map(memory.get(), sizeof(wire::HostMemory)),
      std::move(child)};
}

}  // namespace provider_host::internal
