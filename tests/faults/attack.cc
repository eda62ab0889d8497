#include "faults/attack.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "faults/dice.h"
#include "faults/processes.h"

namespace provider_host::chaos {
namespace {

using Clock = std::chrono::steady_clock;

// The length of an attack, which nothing waits for.
void last(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

int highest_descriptor() {
  int highest = 2;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored))
    highest = std::max(highest, std::atoi(entry.path().filename().c_str()));
  return highest;
}

std::mutex& drought_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

int some_host(const Pool& pool, const std::string& state, std::uint64_t dice) {
  std::vector<int> pids;
  for (const HostStats& host : pool.stats().hosts) {
    if (host.pid != 0 && host.state == state) pids.push_back(host.pid);
  }
  return pids.empty() ? 0 : pids[dice % pids.size()];
}

int attack_host(const Pool& pool, const std::string& fault, std::uint64_t dice) {
  const int pid = some_host(pool, fault == "host-killed-starting" ? "starting" : "ready", dice);
  const Victim victim(pid);
  if (fault == "host-stopped") {
    if (!victim.signal(SIGSTOP)) return 0;
    last(static_cast<double>(dice >> 32U) * 0x1.0p-32 * 0.05);
    victim.signal(SIGCONT);
    return pid;
  }
  return victim.signal(fault == "host-terminated" ? SIGTERM : SIGKILL) ? pid : 0;
}

DescriptorDrought::DescriptorDrought(int room) : only_one_(drought_mutex()) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  before_ = limit.rlim_cur;
  limit.rlim_cur = static_cast<rlim_t>(highest_descriptor() + room + 1);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  take_all();
  taken_.resize(taken_.size() - std::min(taken_.size(), static_cast<std::size_t>(room)));
}

void DescriptorDrought::take_all() {
  for (Fd fd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)); fd; fd.reset(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)))
    taken_.emplace_back(fd.release());
}

DescriptorDrought::~DescriptorDrought() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = before_;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int starve(const Pool& pool, std::uint64_t dice) {
  const int pid = some_host(pool, "ready", dice);
  const Victim victim(pid);  // it needs a descriptor
  DescriptorDrought drought;
  if (!victim.signal(SIGKILL)) return 0;
  const auto end = Clock::now() + std::chrono::duration<double>(static_cast<double>(dice >> 32U) * 0x1.0p-32);
  while (Clock::now() < end) {
    drought.take_all();
    last(0.0005);
  }
  return pid;
}

}  // namespace provider_host::chaos
