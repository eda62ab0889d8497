#include "host/template/living_forks.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "host/protocol_violation.h"
#include "platform/pidfd.h"
#include "platform/process_state.h"
#include "platform/resource_usage.h"

namespace provider_host::host {
namespace {

// libc's has no parameter for the usage.
bool wait_for(pid_t pid, int options, siginfo_t& info, rusage& usage) {
  long result = 0;
  do {
    result = ::syscall(SYS_waitid, P_PID, pid, &info, options, &usage);
  } while (result != 0 && errno == EINTR);
  return result == 0 && info.si_pid == pid;
}

// How the process has ended; it stays a zombie.
std::string exited_message(std::uint64_t id, pid_t pid) {
  siginfo_t info{};
  rusage usage{};
  wait_for(pid, WEXITED | WNOHANG | WNOWAIT, info, usage);
  const bool by_itself = info.si_code == CLD_EXITED;
  const int signal = by_itself ? 0 : info.si_status;
  return R"({"type":"exited","id":)" + std::to_string(id) + R"(,"code":)" +
         std::to_string(by_itself ? info.si_status : 0) + R"(,"signal":)" + std::to_string(signal) + R"(,"peak_rss":)" +
         std::to_string(platform::peak_rss(usage)) + R"(,"cpu_limit":)" +
         std::to_string(by_itself ? 0 : platform::exceeded_cpu_limit(pid, signal)) + "}";
}

}  // namespace

void LivingForks::add(std::uint64_t id, pid_t pid) {
  Fd pidfd = platform::open_pidfd(pid);
  if (!pidfd) throw std::system_error(errno, std::generic_category(), "cannot watch a fork");
  forks_.insert_or_assign(id, Fork{pid, std::move(pidfd)});
}

void LivingForks::watch(std::vector<pollfd>& polled) const {
  for (const auto& [id, fork] : forks_) {
    if (fork.pidfd) polled.push_back({fork.pidfd.get(), POLLIN, 0});
  }
}

std::vector<std::string> LivingForks::take_exited() {
  std::vector<std::string> messages;
  for (auto& [id, fork] : forks_) {
    pollfd ended{fork.pidfd.get(), POLLIN, 0};
    if (!fork.pidfd || ::poll(&ended, 1, 0) != 1) continue;
    messages.push_back(exited_message(id, fork.pid));
    fork.pidfd.reset();
  }
  return messages;
}

void LivingForks::reap(std::uint64_t id) {
  const auto fork = forks_.find(id);
  if (fork == forks_.end() || fork->second.pidfd) throw ProtocolViolation("a reap of what has not ended");
  siginfo_t info{};
  rusage usage{};
  wait_for(fork->second.pid, WEXITED | WNOHANG, info, usage);
  forks_.erase(fork);
}

}  // namespace provider_host::host
