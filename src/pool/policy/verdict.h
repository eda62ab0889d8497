#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "process/child.h"

namespace provider_host::internal {

/// What is known about the death of a host.
struct DeathEvidence {
  process::ExitStatus status;
  std::string_view stderr_tail{};
  std::string_view stack{};        ///< What faulthandler wrote.
  bool oom_kill = false;           ///< The kernel's counters have a kill for want of memory.
  bool stack_overflow = false;     ///< The fatal access was at the end of a stack.
  bool lost_channels = false;      ///< The host says that its descriptors were closed.
  bool executed = false;           ///< It executed another program.
  bool self_inflicted = false;     ///< The host's own code called _exit() or kill().
  std::uint64_t memory_limit = 0;  ///< `PoolOptions::memory_limit`; 0: none.
};

/// The likely cause of death, such as `out-of-memory`, with details behind a colon; empty when nothing is known beyond
/// the signal or exit code. Pure.
std::string verdict_of(const DeathEvidence& evidence);

}  // namespace provider_host::internal
