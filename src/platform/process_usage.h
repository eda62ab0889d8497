#pragma once

#include <cstdint>
#include <optional>

namespace provider_host::platform {

/// What this process uses now; 0: that is not known.
struct ProcessUsage {
  double cpu_seconds = 0;  ///< User and system time.
  double start_time = 0;   ///< Unix seconds.
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
};

/// Nothing where the system says none of it. Any thread.
std::optional<ProcessUsage> process_usage();

}  // namespace provider_host::platform
