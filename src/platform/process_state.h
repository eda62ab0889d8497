#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace provider_host::platform {

/// What the kernel says of processes in /proc; of a zombie, too, as long as it is not reaped.

/// Whether the process is stopped (SIGSTOP, a debugger), so that it cannot respond. False when that is not known.
bool is_stopped(pid_t pid);

/// Whether a thread of the process runs, or would run if it got a processor: neither all of them sleep nor is it
/// stopped. False when that is not known.
bool wants_to_run(pid_t pid);

/// Whether the kernel is ending the process: all of its threads are on their way out, and none runs a program any more.
/// False when that is not known.
bool is_exiting(pid_t pid);

/// The resident memory of a process in bytes; nothing when it cannot be read.
std::optional<std::uint64_t> resident_bytes(pid_t pid);

/// Whether a process of the group `group` runs besides the one with that id. Looks at all processes: some milliseconds
/// on a machine with many.
bool group_has_others(pid_t group);

/// The limit of processor time (RLIMIT_CPU), in seconds, that the process has reached when `signal` has killed it: the
/// soft one by SIGXCPU, the hard one by SIGKILL; 0: it has not.
std::uint64_t exceeded_cpu_limit(pid_t pid, int signal);

}  // namespace provider_host::platform
