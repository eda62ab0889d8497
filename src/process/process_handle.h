#pragma once

#include <sys/types.h>

#include <optional>

#include "process/exit_status.h"

namespace provider_host::process {

/// One process that somebody else runs: what can be done to it, and how it is known that it ended. Whoever destroys the
/// handle ends the process. Not thread-safe.
class ProcessHandle {
 public:
  virtual ~ProcessHandle() = default;

  [[nodiscard]] virtual pid_t pid() const = 0;
  /// Readable (poll) once the process has ended.
  [[nodiscard]] virtual int pidfd() const = 0;

  /// Signals every process of the group; nothing happens when it is gone.
  virtual void signal_group(int signal) const = 0;

  /// Whether other processes of its group run. After the process has ended, before try_reap(): only then is nobody else
  /// in a group of that number. Looks at every process of the machine.
  [[nodiscard]] virtual bool group_is_running() const = 0;

  /// When the process has ended: kills what it left behind in its group, reaps it and returns its status; otherwise
  /// nothing.
  virtual std::optional<ExitStatus> try_reap() = 0;

 protected:
  ProcessHandle() = default;
  ProcessHandle(const ProcessHandle&) = default;
  ProcessHandle& operator=(const ProcessHandle&) = default;
};

}  // namespace provider_host::process
