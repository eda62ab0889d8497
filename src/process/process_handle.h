#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>

#include "process/exit_status.h"

namespace provider_host::process {

/// A handle of one process: signals it, and tells when it has ended. Destroying the handle ends the process. Not
/// thread-safe.
class ProcessHandle {
 public:
  virtual ~ProcessHandle() = default;

  /// 0: there is none yet.
  [[nodiscard]] virtual pid_t pid() const = 0;
  /// Runs `callback` once the process has a pid: now, unless it comes later. It is dropped with the handle.
  virtual void when_started(std::function<void()> callback) { callback(); }
  /// Readable (poll) once the process has ended.
  [[nodiscard]] virtual int exit_fd() const = 0;

  /// Signals every process of the group; nothing happens when it is gone.
  virtual void signal_group(int signal) const = 0;

  /// Whether other processes of its group run. Valid after the process has ended and before try_reap(): until then no
  /// other group can get its number. Reads the state of every process of the machine.
  [[nodiscard]] virtual bool group_is_running() const = 0;

  /// What process_state.h says of the process, until try_reap() has returned its status.
  [[nodiscard]] virtual bool wants_to_run() const = 0;
  [[nodiscard]] virtual bool is_exiting() const = 0;

  /// When the process has ended: kills what it left behind in its group, reaps it and returns its status; otherwise
  /// nothing.
  virtual std::optional<ExitStatus> try_reap() = 0;

 protected:
  ProcessHandle() = default;
  ProcessHandle(const ProcessHandle&) = default;
  ProcessHandle& operator=(const ProcessHandle&) = default;
};

}  // namespace provider_host::process
