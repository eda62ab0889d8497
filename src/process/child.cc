#include "process/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/pidfd.h"
#include "process/process_state.h"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): POSIX has it in no header

namespace provider_host::process {
namespace {

void check(int error, const std::string& what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

// What posix_spawn has to do in the child, in order.
class FileActions {
 public:
  FileActions() { check(::posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init"); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  void stream(int target, int source) {
    if (source >= 0) {
      check(::posix_spawn_file_actions_adddup2(&actions_, source, target), "posix_spawn_file_actions_adddup2");
    } else {
      const int mode = target == STDIN_FILENO ? O_RDONLY : O_WRONLY;
      check(::posix_spawn_file_actions_addopen(&actions_, target, "/dev/null", mode, 0),
            "posix_spawn_file_actions_addopen");
    }
  }
  // dup2 of a descriptor onto itself clears its close-on-exec flag (POSIX 2024, glibc since 2.29).
  void inherit(int fd) { stream(fd, fd); }
  void change_directory(const std::string& path) {
    check(::posix_spawn_file_actions_addchdir_np(&actions_, path.c_str()), "posix_spawn_file_actions_addchdir_np");
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// A group of its own, no blocked signals, default handlers.
class Attributes {
 public:
  Attributes() {
    check(::posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    check(::posix_spawnattr_setflags(&attributes_,
                                     POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF),
          "posix_spawnattr_setflags");
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

// As exec wants them: null-terminated, and not to be written to.
std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Whether children of this process are reaped by the kernel, which then keeps no status.
bool nobody_may_reap() {
  struct sigaction now {};
  return ::sigaction(SIGCHLD, nullptr, &now) == 0 &&
         (now.sa_handler == SIG_IGN || (static_cast<unsigned>(now.sa_flags) & SA_NOCLDWAIT) != 0);
}

}  // namespace

std::string signal_name(int signal) {
  if (signal >= SIGRTMIN && signal <= SIGRTMAX) return "SIGRTMIN+" + std::to_string(signal - SIGRTMIN);
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

std::string describe(const ExitStatus& status) {
  if (status.signal) {
    const char* text = ::sigdescr_np(*status.signal);
    return "was killed by " + signal_name(*status.signal) + (text != nullptr ? " (" + std::string(text) + ")" : "");
  }
  if (status.exit_code) return "exited with code " + std::to_string(*status.exit_code);
  if (!status.not_forked.empty()) return "could not be forked: " + status.not_forked;
  if (status.orphaned) return "ended (how is not known: its template had ended before)";
  if (status.unknown) return "ended (how is not known: this process ignores SIGCHLD)";
  return "ended, its status was taken by other code of this process";
}

Child Child::spawn(const SpawnRequest& request) {
  FileActions actions;
  actions.stream(STDIN_FILENO, request.stdin_fd);
  actions.stream(STDOUT_FILENO, request.stdout_fd);
  actions.stream(STDERR_FILENO, request.stderr_fd);
  for (const int fd : request.inherited_fds) actions.inherit(fd);
  if (!request.working_directory.empty()) actions.change_directory(request.working_directory);
  const Attributes attributes;

  std::vector<char*> argv = pointers_to(request.argv);
  std::vector<char*> environment;
  if (request.environment) environment = pointers_to(*request.environment);
  pid_t pid = 0;
  check(::posix_spawn(&pid, request.executable.c_str(), actions.get(), attributes.get(), argv.data(),
                      request.environment ? environment.data() : environ),
        "cannot start " + request.executable);

  Fd pidfd = open_pidfd(pid);
  // It has ended and been reaped already, by the kernel or by other code of this process: what stands in is readable.
  if (!pidfd && errno == ESRCH) pidfd = Fd(::eventfd(1, EFD_CLOEXEC));
  const int error = errno;
  Child child(pid, std::move(pidfd));  // from here on the destructor cleans up
  if (!child.pidfd_) check(error, "pidfd_open");
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

bool Child::group_is_running() const { return pid_ != 0 && group_has_others(pid_); }

bool Child::wants_to_run() const { return pid_ != 0 && process::wants_to_run(pid_); }

bool Child::is_exiting() const { return pid_ != 0 && process::is_exiting(pid_); }

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
  const std::uint64_t cpu_limit = info.si_code == CLD_EXITED ? 0 : exceeded_cpu_limit(pid_, info.si_status);
  rusage usage{};
  ::syscall(SYS_waitid, P_PID, pid_, &info, WEXITED, &usage);  // libc's has no parameter for the usage
  pid_ = 0;
  const auto peak_rss = static_cast<std::uint64_t>(usage.ru_maxrss) << 10;
  if (info.si_code == CLD_EXITED) return ExitStatus{.exit_code = info.si_status, .peak_rss = peak_rss};
  return ExitStatus{.signal = info.si_status, .peak_rss = peak_rss, .cpu_limit = cpu_limit};
}

}  // namespace provider_host::process
