#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace provider_host::process {

/// Whether the process is stopped (SIGSTOP, a debugger), so that it can answer nothing. False when that is not known.
bool is_stopped(pid_t pid);

/// The resident memory of a process in bytes; nothing when it cannot be read.
std::optional<std::uint64_t> resident_bytes(pid_t pid);

}  // namespace provider_host::process
