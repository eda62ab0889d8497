#include "faults/attack.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <set>
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

std::mutex& shortage_mutex() {
  static std::mutex mutex;
  return mutex;
}

// One place, or several at some distance.
inject::Places places_of(Dice& dice) {
  constexpr std::uint64_t kFarthest = 200;
  constexpr std::uint64_t kMax = 30;
  const std::uint64_t first = 1 + dice.below(kFarthest);
  return {.first = first, .period = dice.below(2) * (1 + dice.below(kFarthest)), .most = 1 + dice.below(kMax)};
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

Shortage::Shortage(const std::string& fault, std::uint64_t dice) : only_one_(shortage_mutex()) {
  constexpr std::array kErrors{ENOMEM, ENOSPC, EMFILE, EINTR, EIO};
  Dice more(dice);
  if (fault == "allocations") {
    allocations_.emplace(inject::Threads::kAll, places_of(more));
    return;
  }
  std::optional<inject::SystemCall> call;
  if (more.below(4) != 0) call = inject::kSystemCalls[more.below(inject::kSystemCalls.size())];
  const int error = kErrors[more.below(kErrors.size())];
  system_calls_.emplace(call, error, inject::Threads::kAll, places_of(more));
}

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  ::sigaction(SIGUSR1, &action, nullptr);  // without SA_RESTART
}

void storm_of_signals(std::uint64_t dice) {
  const auto end = Clock::now() + std::chrono::duration<double>(static_cast<double>(dice >> 32U) * 0x1.0p-32 * 0.005);
  std::vector<int> threads;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task", ignored))
    threads.push_back(std::atoi(entry.path().filename().c_str()));
  do {
    for (const int thread : threads) ::syscall(SYS_tgkill, ::getpid(), thread, SIGUSR1);
    last(0.0002);
  } while (Clock::now() < end);
}

int kill_unlisted(const Pool& one, const Pool& other, std::uint64_t dice) {
  std::set<int> children;
  for (const ProcessEntry& process : all_processes()) {
    if (process.parent == ::getpid() && process.state != 'Z') children.insert(process.pid);
  }
  for (const Pool* pool : {&one, &other}) {
    for (const HostStats& host : pool->stats().hosts) children.erase(host.pid);
  }
  if (children.empty()) return 0;
  const int pid = *std::next(children.begin(), static_cast<std::ptrdiff_t>(dice % children.size()));
  return Victim(pid).signal(SIGKILL) ? pid : 0;
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
