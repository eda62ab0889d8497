#include "host/template/template.h"

#include <cstdlib>

#include "host/template/fork_safety.h"

// A template has to be told how its forks end while it waits for requests, and both by descriptors.

namespace provider_host::host {

std::string reason_not_to_fork(BootstrapModules& /*modules*/, const Script& /*script*/,
                               const Channels::Numbers& /*ours*/, const platform::SharedMemory& /*memory*/) {
  return "this platform has no descriptors of processes (pidfd), which a template needs";
}

void make_hosts(const TemplateParts& /*parts*/) {
  std::abort();  // there is always a reason not to
}

}  // namespace provider_host::host
