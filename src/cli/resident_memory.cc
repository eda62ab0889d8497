#include "cli/resident_memory.h"

#include <unistd.h>

#include <fstream>
#include <string>

namespace provider_host::cli {

ResidentMemory resident_memory(const PoolStats& stats) {
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  ResidentMemory memory;
  for (const HostStats& host : stats.hosts) {
    std::ifstream file("/proc/" + std::to_string(host.pid) + "/statm");
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    if (host.pid != 0 && file >> size >> resident) memory[host.pid] = resident * page;
  }
  return memory;
}

}  // namespace provider_host::cli
