#pragma once

#include <filesystem>
#include <string>

namespace provider_host::platform {

/// Where the kernel tells of processes.
struct KernelFiles {
  std::filesystem::path proc = "/proc";
  std::filesystem::path cgroups = "/sys/fs/cgroup";
};

/// The limit because of which no process and no thread can be started, after one could not (EAGAIN), as
/// `pids.max of 20 of the cgroup /app` or `RLIMIT_NPROC of 30 (ulimit -u)`; empty when none is known.
std::string process_limit(const KernelFiles& files = {});

/// " (RLIMIT_NPROC of 30 (`ulimit -u`) allows no more processes and threads)" for EAGAIN, and clone3_hint() for EPERM;
/// empty for other errors, or when no limit is known.
std::string process_limit_hint(int error);

}  // namespace provider_host::platform
