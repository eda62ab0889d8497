#include "pool/template/forked_process.h"

#include <signal.h>

#include <utility>

#include "platform/pidfd.h"
#include "platform/process_state.h"

namespace provider_host::internal {

ForkedProcess::~ForkedProcess() {
  if (!process_.is_here()) return;
  signal_group(SIGKILL);
  fork_->abandon();
}

void ForkedProcess::when_started(std::function<void()> callback) {
  if (fork_->pid() != 0) return callback();
  fork_->when_started(std::move(callback));
}

// While the template has not reaped it the group's number cannot be another's; nor while it runs. Its group is there
// from its first moments on; before that the signal is for the process alone.
void ForkedProcess::signal_group(int signal) const {
  if (fork_->pid() == 0 && signal == SIGKILL) return fork_->kill_at_start();
  if (!is_there()) return;
  const bool is_its_own = fork_->is_held() || !fork_->status();
  if (is_its_own && ::kill(-fork_->pid(), signal) == 0) return;
  if (fork_->pidfd() >= 0) platform::signal_pidfd(fork_->pidfd(), signal);
}

bool ForkedProcess::group_is_running() const {
  return is_there() && fork_->is_held() && platform::group_has_others(fork_->pid());
}

bool ForkedProcess::wants_to_run() const { return is_there() && platform::wants_to_run(fork_->pid()); }

bool ForkedProcess::is_exiting() const { return is_there() && platform::is_exiting(fork_->pid()); }

std::optional<process::ExitStatus> ForkedProcess::try_reap() {
  if (!is_reaped_ && fork_->status()) {
    signal_group(SIGKILL);  // what it has left behind
    is_reaped_ = true;
    fork_->release();
  }
  return fork_->status();
}

}  // namespace provider_host::internal
