#include "platform/process_usage.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>

#include "platform/resource_limit.h"

#ifdef __APPLE__
#include <libproc.h>
#include <sys/proc_info.h>
#endif

namespace provider_host::platform {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1'000'000;
}

std::uint64_t descriptor_limit() {
  rlimit limit{};
  return get_limit(RLIMIT_NOFILE, limit) == 0 ? limit.rlim_cur : 0;
}

// New descriptors get the lowest numbers, so few are beyond these.
std::uint64_t open_descriptors() {
  constexpr std::uint64_t kLooked = 4096;
  const int end = static_cast<int>(std::min(descriptor_limit(), kLooked));
  std::uint64_t count = 0;
  for (int fd = 0; fd < end; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) ++count;
  }
  return count;
}

#ifdef __APPLE__
void add_memory_and_start(ProcessUsage& usage) {
  proc_taskallinfo info{};
  if (::proc_pidinfo(::getpid(), PROC_PIDTASKALLINFO, 0, &info, sizeof info) != sizeof info) return;
  usage.resident_bytes = info.ptinfo.pti_resident_size;
  usage.virtual_bytes = info.ptinfo.pti_virtual_size;
  usage.start_time =
      static_cast<double>(info.pbsd.pbi_start_tvsec) + static_cast<double>(info.pbsd.pbi_start_tvusec) / 1'000'000;
}
#else
void add_memory_and_start(ProcessUsage& /*usage*/) {}
#endif

}  // namespace

std::optional<ProcessUsage> process_usage() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  ProcessUsage usage;
  usage.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  usage.open_fds = open_descriptors();
  usage.max_fds = descriptor_limit();
  add_memory_and_start(usage);
  return usage;
}

}  // namespace provider_host::platform
