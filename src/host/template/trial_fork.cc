#include "host/template/trial_fork.h"

#include <poll.h>
#include <pybind11/pybind11.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>

#include "host/calls/send_response.h"
#include "host/template/child_signal.h"
#include "platform/pidfd.h"
#include "platform/signal_names.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;

constexpr std::chrono::seconds kLimit{5};

[[noreturn]] void run_trial(BootstrapModules& modules) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  int code = 1;
  try {
    PyOS_AfterFork_Child();
    modules.function("fork_safety", "check_fork")();
    code = 0;
  } catch (const std::exception&) {
  }
  ::_exit(code);
}

bool ends_in_time(pid_t pid) {
  const py::gil_scoped_release release;
  const Fd pidfd = platform::open_pidfd(pid);
  if (!pidfd) return errno == ESRCH;  // the script ignores SIGCHLD, so that the kernel has reaped it
  pollfd ended{pidfd.get(), POLLIN, 0};
  const auto deadline = std::chrono::steady_clock::now() + kLimit;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    const int ready = ::poll(&ended, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

std::string outcome(pid_t pid) {
  const bool in_time = ends_in_time(pid);
  if (!in_time) ::kill(pid, SIGKILL);
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) != 0 && errno == EINTR) {
  }
  if (!in_time) return "a trial fork hung";
  if (info.si_code == 0) return "";  // reaped by the kernel
  if (info.si_code == CLD_EXITED) {
    return info.si_status == 0 ? "" : "a trial fork exited with code " + std::to_string(info.si_status);
  }
  return "a trial fork died by " + platform::signal_name(info.si_status);
}

}  // namespace

std::string try_fork(BootstrapModules& modules) {
  flush_streams();
  std::fflush(nullptr);
  const ChildSignalBlocked blocked;
  PyOS_BeforeFork();
  const pid_t pid = ::fork();
  const int error = errno;
  if (pid == 0) run_trial(modules);
  PyOS_AfterFork_Parent();
  return pid < 0 ? "fork() failed: " + std::string(::strerror(error)) : outcome(pid);
}

}  // namespace provider_host::host
