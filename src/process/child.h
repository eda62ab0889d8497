#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "process/exit_status.h"
#include "process/process_handle.h"
#include "process/process_mark.h"
#include "process/spawn.h"

namespace provider_host::process {

/// One child process, in a process group of its own. It owns the process: the destructor kills the group and reaps what
/// has not been reaped; in a forked child of this process it does nothing. Not thread-safe: one thread kills and reaps,
/// so that no signal goes to a reused pid.
class Child : public ProcessHandle {
 public:
  /// Starts the process (plain fork and exec; signal mask and handlers as a fresh process expects them). Throws
  /// std::system_error when the executable cannot be executed, before any child is left.
  static Child spawn(const SpawnRequest& request);

  Child(Child&& other) noexcept
      : process_(other.process_), pid_(std::exchange(other.pid_, 0)), exit_fd_(std::move(other.exit_fd_)) {}
  Child& operator=(Child&&) = delete;
  ~Child() override;

  [[nodiscard]] pid_t pid() const override { return pid_; }
  [[nodiscard]] int exit_fd() const override { return exit_fd_.get(); }
  void signal_group(int signal) const override;
  [[nodiscard]] bool group_is_running() const override;
  [[nodiscard]] bool wants_to_run() const override;
  [[nodiscard]] bool is_exiting() const override;
  std::optional<ExitStatus> try_reap() override;

 private:
  explicit Child(pid_t pid) : pid_(pid) {}

  void kill_left_behind() const;

  ProcessMark process_;
  pid_t pid_;  // 0 once reaped
  Fd exit_fd_;
};

}  // namespace provider_host::process
