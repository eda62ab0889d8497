#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "process/process_mark.h"

namespace provider_host::process {

/// How a process ended: one of the two is set, or none when somebody else reaped it.
struct ExitStatus {
  std::optional<int> signal;
  std::optional<int> exit_code;
  /// The most resident memory that it or, while it was being started, this process had; getrusage(2). 0: not known.
  std::uint64_t peak_rss = 0;
  /// It had used all the processor time that it was allowed (RLIMIT_CPU), in seconds; 0: it had not.
  std::uint64_t cpu_limit = 0;
  /// Nobody knows how it ended, as this process ignores SIGCHLD (SIG_IGN or SA_NOCLDWAIT).
  bool unknown = false;
};

/// `was killed by SIGSEGV (Segmentation fault)`, `exited with code 3`.
std::string describe(const ExitStatus& status);

/// The name of a signal, `SIGSEGV`.
std::string signal_name(int signal);

/// What to start. Descriptors stay the caller's.
struct SpawnRequest {
  std::string executable;                               ///< Absolute path; no search.
  std::vector<std::string> argv;                        ///< With argv[0].
  int stdin_fd = -1;                                    ///< -1: /dev/null
  int stdout_fd = -1;                                   ///< -1: /dev/null
  int stderr_fd = -1;                                   ///< -1: /dev/null
  std::vector<int> inherited_fds;                       ///< Kept open in the child under the same number; each above 2.
  std::optional<std::vector<std::string>> environment;  ///< NAME=VALUE; empty: that of this process.
  std::string working_directory;                        ///< Empty: that of this process.
};

/// One child process, in a process group of its own. It owns the process: the destructor kills the group and reaps what
/// has not been reaped; in a forked child of this process it does nothing. Not thread-safe: one thread kills and reaps,
/// so that no signal goes to a reused pid.
class Child {
 public:
  /// Starts the process (plain fork and exec; signal mask and handlers as a fresh process expects them). Throws
  /// std::system_error when the executable cannot be executed, before any child is left.
  static Child spawn(const SpawnRequest& request);

  Child(Child&& other) noexcept
      : process_(other.process_), pid_(std::exchange(other.pid_, 0)), pidfd_(std::move(other.pidfd_)) {}
  Child& operator=(Child&&) = delete;
  ~Child();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Readable (poll) once the process has ended.
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }

  /// Signals every process of the group; nothing happens when it is gone.
  void signal_group(int signal) const;

  /// Whether other processes of its group run. After the process has ended, before try_reap(): only then is nobody else
  /// in a group of that number. Looks at every process of the machine.
  [[nodiscard]] bool has_company() const;

  /// When the process has ended: kills what it left behind in its group, reaps it and returns its status; otherwise
  /// nothing.
  std::optional<ExitStatus> try_reap();

 private:
  Child(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

  void kill_left_behind() const;

  ProcessMark process_;
  pid_t pid_;  // 0 once reaped
  Fd pidfd_;
};

}  // namespace provider_host::process
