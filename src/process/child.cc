#include "process/child.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cerrno>

#include "platform/exit_watch.h"
#include "platform/process_state.h"
#include "platform/resource_usage.h"
#include "platform/signal_names.h"

namespace provider_host::process {
namespace {

// Whether children of this process are reaped by the kernel, which then keeps no status.
bool nobody_may_reap() {
  struct sigaction now {};
  return ::sigaction(SIGCHLD, nullptr, &now) == 0 &&
         (now.sa_handler == SIG_IGN || (static_cast<unsigned>(now.sa_flags) & SA_NOCLDWAIT) != 0);
}

}  // namespace

std::string describe(const ExitStatus& status) {
  if (status.signal) {
    const std::string text = platform::signal_description(*status.signal);
    return "was killed by " + platform::signal_name(*status.signal) + (text.empty() ? "" : " (" + text + ")");
  }
  if (status.exit_code) return "exited with code " + std::to_string(*status.exit_code);
  if (!status.not_forked.empty()) return "could not be forked: " + status.not_forked;
  if (status.orphaned) return "ended (how is not known: its template had ended before)";
  if (status.unknown) return "ended (how is not known: this process ignores SIGCHLD)";
  return "ended, its status was taken by other code of this process";
}

Child Child::spawn(const SpawnRequest& request) {
  Child child(process::spawn(request));  // from here on the destructor cleans up
  child.exit_fd_ = platform::watch_exit(child.pid_);
  return child;
}

Child::~Child() {
  if (pid_ == 0 || !process_.is_here()) return;
  signal_group(SIGKILL);
  ::kill(pid_, SIGKILL);
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
  }
}

void Child::signal_group(int signal) const {
  if (pid_ != 0) ::kill(-pid_, signal);
}

// For a process that is reaped already. No other group gets its number while somebody is left in it; when nobody is,
// and the number is that of a new process, that one is left alone.
void Child::kill_left_behind() const {
  if (::kill(pid_, 0) != 0 && errno == ESRCH) signal_group(SIGKILL);
}

bool Child::group_is_running() const { return pid_ != 0 && platform::group_has_others(pid_); }

bool Child::wants_to_run() const { return pid_ != 0 && platform::wants_to_run(pid_); }

bool Child::is_exiting() const { return pid_ != 0 && platform::is_exiting(pid_); }

std::optional<ExitStatus> Child::try_reap() {
  if (pid_ == 0) return ExitStatus{};
  siginfo_t info{};
  // First look without reaping: while the zombie is there, its group id cannot be anybody else's.
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    if (errno != ECHILD) return std::nullopt;
    kill_left_behind();
    pid_ = 0;
    ExitStatus status;
    status.unknown = nobody_may_reap();
    return status;
  }
  if (info.si_pid == 0) return std::nullopt;
  signal_group(SIGKILL);
  const std::uint64_t cpu_limit = info.si_code == CLD_EXITED ? 0 : platform::exceeded_cpu_limit(pid_, info.si_status);
  rusage usage{};
  ::wait4(pid_, nullptr, 0, &usage);
  pid_ = 0;
  const std::uint64_t peak_rss = platform::peak_rss(usage);
  if (info.si_code == CLD_EXITED) return ExitStatus{.exit_code = info.si_status, .peak_rss = peak_rss};
  return ExitStatus{.signal = info.si_status, .peak_rss = peak_rss, .cpu_limit = cpu_limit};
}

}  // namespace provider_host::process
