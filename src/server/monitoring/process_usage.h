#pragma once

#include <cstdint>
#include <optional>

namespace provider_host::server {

/// What this process uses now.
struct ProcessUsage {
  double cpu_seconds = 0;  ///< User and system time.
  double start_time = 0;   ///< Unix seconds.
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
};

/// From /proc; nothing where that has none of it. Any thread.
std::optional<ProcessUsage> process_usage();

}  // namespace provider_host::server
