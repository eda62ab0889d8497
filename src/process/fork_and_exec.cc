#include "process/fork_and_exec.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "platform/ignored_signals.h"
#include "platform/pipes.h"
#include "platform/signal_mask.h"

namespace provider_host::process {
namespace {

bool take_stream(int target, int source) {
  if (source >= 0) return ::dup2(source, target) >= 0;
  const int fd = ::open("/dev/null", target == STDIN_FILENO ? O_RDONLY : O_WRONLY);
  if (fd < 0 || fd == target) return fd >= 0;
  const bool is_taken = ::dup2(fd, target) >= 0;
  ::close(fd);
  return is_taken;
}

bool prepare(const SpawnRequest& request) {
  if (::setpgid(0, 0) != 0) return false;
  if (!take_stream(STDIN_FILENO, request.stdin_fd) || !take_stream(STDOUT_FILENO, request.stdout_fd) ||
      !take_stream(STDERR_FILENO, request.stderr_fd)) {
    return false;
  }
  for (const int fd : request.inherited_fds) {
    if (::fcntl(fd, F_SETFD, 0) != 0) return false;
  }
  return request.working_directory.empty() || ::chdir(request.working_directory.c_str()) == 0;
}

void reset_signals() {
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) {
    const bool is_left = std::ranges::count(platform::kLeftIgnored, signal) > 0 && platform::is_ignored(signal);
    if (!is_left) ::sigaction(signal, &by_default, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

// Between fork() and exec: system calls only, as other threads may have held any lock.
[[noreturn]] void become(const SpawnRequest& request, char* const* argv, char* const* environment, int report) {
  reset_signals();
  if (prepare(request)) ::execve(request.executable.c_str(), argv, environment);
  const int error = errno;
  static_cast<void>(!::write(report, &error, sizeof error));
  ::_exit(127);
}

}  // namespace

pid_t fork_and_exec(const SpawnRequest& request, char* const* argv, char* const* environment) {
  platform::Ends report = platform::make_pipe();
  pid_t pid = 0;
  int error = 0;
  {
    const platform::AllSignalsBlocked blocked;  // no handler of this process runs in the child
    pid = ::fork();
    if (pid == 0) become(request, argv, environment, report.theirs.get());
    error = errno;
  }
  report.theirs.reset();
  if (pid > 0) {
    ssize_t count = 0;
    do {
      count = ::read(report.ours.get(), &error, sizeof error);
    } while (count < 0 && errno == EINTR);
    if (count <= 0) return pid;
    ::waitpid(pid, nullptr, 0);
  }
  throw std::system_error(error, std::generic_category(), "cannot start " + request.executable);
}

}  // namespace provider_host::process
