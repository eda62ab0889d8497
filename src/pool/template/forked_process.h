#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "pool/template/fork.h"
#include "process/process_handle.h"
#include "process/process_mark.h"

namespace provider_host::internal {

/// The handle of a process that a template has forked: no child of this process, so the template says how it ended, and
/// reaps it once that is told to. Destroying the handle kills the process; in a forked child of this process it does
/// nothing. Belongs to the reactor thread.
class ForkedProcess : public process::ProcessHandle {
 public:
  explicit ForkedProcess(std::shared_ptr<Fork> fork) : fork_(std::move(fork)) {}
  ~ForkedProcess() override;

  [[nodiscard]] pid_t pid() const override { return fork_->pid(); }
  void when_started(std::function<void()> callback) override;
  /// Readable once it has ended and its status is known, or never will be.
  [[nodiscard]] int exit_fd() const override { return fork_->ended_fd(); }
  void signal_group(int signal) const override;
  [[nodiscard]] bool group_is_running() const override;
  [[nodiscard]] bool wants_to_run() const override;
  [[nodiscard]] bool is_exiting() const override;
  std::optional<process::ExitStatus> try_reap() override;

 private:
  [[nodiscard]] bool is_there() const { return fork_->pid() != 0 && !is_reaped_; }

  const process::ProcessMark process_;
  const std::shared_ptr<Fork> fork_;
  bool is_reaped_ = false;
};

}  // namespace provider_host::internal
