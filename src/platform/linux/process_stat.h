#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace provider_host::platform {

/// Fields of /proc/PID/stat (proc(5)).
struct ProcessStat {
  char state = '?';
  pid_t group = 0;
  unsigned flags = 0;              // of the kernel's PF_*
  std::uint64_t user_ticks = 0;    // of sysconf(_SC_CLK_TCK), like the other ticks
  std::uint64_t system_ticks = 0;  // in the kernel
  std::uint64_t start_ticks = 0;   // since the system was started
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_pages = 0;

  /// It has ended, and may still have to be reaped.
  bool is_over() const { return state == 'Z' || state == 'X'; }
};

/// Empty when there is no such process, or none to be seen. They need no memory: they are asked for every process of
/// the machine, and when a host has ended. read_own_stat() also works where /proc shows another namespace's numbers.
std::optional<ProcessStat> read_stat(pid_t pid);
std::optional<ProcessStat> read_thread_stat(pid_t pid, pid_t thread);
std::optional<ProcessStat> read_own_stat();

}  // namespace provider_host::platform
