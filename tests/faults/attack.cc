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

#include "faults/processes.h"
#include "faults/random.h"

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

std::mutex& exhaustion_mutex() {
  static std::mutex mutex;
  return mutex;
}

std::mutex& failures_mutex() {
  static std::mutex mutex;
  return mutex;
}

// One place, or several at some distance.
inject::Places failing_positions(Random& random) {
  constexpr std::uint64_t kFarthest = 200;
  constexpr std::uint64_t kMax = 30;
  const std::uint64_t first = 1 + random.below(kFarthest);
  return {.first = first, .period = random.below(2) * (1 + random.below(kFarthest)), .most = 1 + random.below(kMax)};
}

}  // namespace

int random_host(const Pool& pool, const std::string& state, std::uint64_t random) {
  std::vector<int> pids;
  for (const HostStats& host : pool.stats().hosts) {
    if (host.pid != 0 && host.state == state) pids.push_back(host.pid);
  }
  return pids.empty() ? 0 : pids[random % pids.size()];
}

int attack_host(const Pool& pool, const std::string& fault, std::uint64_t random) {
  const int pid = random_host(pool, fault == "host-killed-starting" ? "starting" : "ready", random);
  const ChildProcess child(pid);
  if (fault == "host-stopped") {
    if (!child.signal(SIGSTOP)) return 0;
    last(static_cast<double>(random >> 32U) * 0x1.0p-32 * 0.05);
    child.signal(SIGCONT);
    return pid;
  }
  return child.signal(fault == "host-terminated" ? SIGTERM : SIGKILL) ? pid : 0;
}

DescriptorExhaustion::DescriptorExhaustion(int spare) : only_one_(exhaustion_mutex()) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  before_ = limit.rlim_cur;
  limit.rlim_cur = static_cast<rlim_t>(highest_descriptor() + spare + 1);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  take_all();
  taken_.resize(taken_.size() - std::min(taken_.size(), static_cast<std::size_t>(spare)));
}

void DescriptorExhaustion::take_all() {
  for (Fd fd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)); fd; fd.reset(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)))
    taken_.emplace_back(fd.release());
}

DescriptorExhaustion::~DescriptorExhaustion() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = before_;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

InjectedFailures::InjectedFailures(const std::string& fault, std::uint64_t random) : only_one_(failures_mutex()) {
  constexpr std::array kErrors{ENOMEM, ENOSPC, EMFILE, EINTR, EIO};
  Random more(random);
  if (fault == "allocations") {
    allocations_.emplace(inject::Threads::kAll, failing_positions(more));
    return;
  }
  std::optional<inject::SystemCall> call;
  if (more.below(4) != 0) call = inject::kSystemCalls[more.below(inject::kSystemCalls.size())];
  const int error = kErrors[more.below(kErrors.size())];
  system_calls_.emplace(call, error, inject::Threads::kAll, failing_positions(more));
}

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  ::sigaction(SIGUSR1, &action, nullptr);  // without SA_RESTART
}

void send_random_signals(std::uint64_t random) {
  const auto end = Clock::now() + std::chrono::duration<double>(static_cast<double>(random >> 32U) * 0x1.0p-32 * 0.005);
  std::vector<int> threads;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task", ignored))
    threads.push_back(std::atoi(entry.path().filename().c_str()));
  do {
    for (const int thread : threads) ::syscall(SYS_tgkill, ::getpid(), thread, SIGUSR1);
    last(0.0002);
  } while (Clock::now() < end);
}

int kill_unlisted(const Pool& one, const Pool& other, std::uint64_t random) {
  std::set<int> children;
  for (const ProcessEntry& process : all_processes()) {
    if (process.parent == ::getpid() && process.state != 'Z') children.insert(process.pid);
  }
  for (const Pool* pool : {&one, &other}) {
    for (const HostStats& host : pool->stats().hosts) children.erase(host.pid);
  }
  if (children.empty()) return 0;
  const int pid = *std::next(children.begin(), static_cast<std::ptrdiff_t>(random % children.size()));
  return ChildProcess(pid).signal(SIGKILL) ? pid : 0;
}

int crash_without_descriptors(const Pool& pool, std::uint64_t random) {
  const int pid = random_host(pool, "ready", random);
  const ChildProcess child(pid);  // it needs a descriptor
  DescriptorExhaustion exhaustion;
  if (!child.signal(SIGKILL)) return 0;
  const auto end = Clock::now() + std::chrono::duration<double>(static_cast<double>(random >> 32U) * 0x1.0p-32);
  while (Clock::now() < end) {
    exhaustion.take_all();
    last(0.0005);
  }
  return pid;
}

}  // namespace provider_host::chaos
