#include "platform/process_usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>

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
  std::ifstream file("/proc/self/stat");
  std::string text(std::istreambuf_iterator<char>(file), {});
  const std::size_t name_end = text.rfind(')');  // the name may contain anything
  if (name_end == std::string::npos) return std::nullopt;
  // proc(5): what follows the name are the fields from the third on.
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  const auto skip = [&](int count) {
    for (int i = 0; i < count; ++i) fields >> skipped;
  };
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  std::uint64_t start = 0;
  std::uint64_t resident_pages = 0;
  ProcessUsage usage;
  skip(11);
  fields >> user >> system;
  skip(6);
  fields >> start >> usage.virtual_bytes >> resident_pages;
  if (!fields) return std::nullopt;
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  usage.cpu_seconds = static_cast<double>(user + system) / ticks_per_second;
  usage.start_time = boot_time() + static_cast<double>(start) / ticks_per_second;
  usage.resident_bytes = resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  usage.open_fds = open_descriptors();
  usage.max_fds = descriptor_limit();
  return usage;
}

}  // namespace provider_host::platform
