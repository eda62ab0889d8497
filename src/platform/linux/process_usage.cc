#include "platform/process_usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "platform/linux/process_stat.h"
#include "platform/resource_limit.h"

namespace provider_host::platform {
namespace {

/// When the system was started, in Unix seconds; 0 when that cannot be read.
double boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return 0;
}

std::uint64_t open_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return 0;
  return static_cast<std::uint64_t>(std::distance(begin(entries), end(entries)) - 1);  // without the directory's own
}

std::uint64_t descriptor_limit() {
  rlimit limit{};
  return get_limit(RLIMIT_NOFILE, limit) == 0 ? limit.rlim_cur : 0;
}

}  // namespace

std::optional<ProcessUsage> process_usage() {
  const auto stat = read_own_stat();
  if (!stat) return std::nullopt;
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  ProcessUsage usage;
  usage.cpu_seconds = static_cast<double>(stat->user_ticks + stat->system_ticks) / ticks_per_second;
  usage.start_time = boot_time() + static_cast<double>(stat->start_ticks) / ticks_per_second;
  usage.virtual_bytes = stat->virtual_bytes;
  usage.resident_bytes = stat->resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  usage.open_fds = open_descriptors();
  usage.max_fds = descriptor_limit();
  return usage;
}

}  // namespace provider_host::platform
