#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/fd.h"
#include "platform/wake_up.h"
#include "pool/reactor/reactor.h"
#include "pool/reactor/timer.h"
#include "process/exit_status.h"

namespace provider_host::internal {

/// A process that a template forks, from the request on until the template has reaped it: what the template says of it
/// (TemplateProcess) reaches its handle (ForkedProcess) through this. Belongs to the reactor thread.
///
///   requested ──on_forked──▶ runs ──pidfd──▶ ended ──on_exited──▶ status known ──release()──▶ reaped by the template
///       └──on_unforked──▶ status known: there never was one
class Fork {
 public:
  /// `release` tells the template to reap it. `reactor` outlives this. Throws std::system_error.
  Fork(Reactor& reactor, std::function<void()> release);
  ~Fork();
  Fork(const Fork&) = delete;
  Fork& operator=(const Fork&) = delete;

  // --- what the template says
  void on_forked(pid_t pid);
  void on_unforked(std::string reason);
  void on_exited(process::ExitStatus status);
  /// It has ended: how this ends will not be known.
  void on_template_lost();

  // --- for the handle
  /// 0: not forked yet. The number stays its own until release().
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }
  /// Readable once status() is known.
  [[nodiscard]] int ended_fd() const { return ended_.fd(); }
  [[nodiscard]] const std::optional<process::ExitStatus>& status() const { return status_; }
  /// Whether its number is its own for sure: the template has not reaped it.
  [[nodiscard]] bool is_held() const { return release_ != nullptr; }
  /// Runs the callback once it has a pid.
  void when_started(std::function<void()> callback) { on_started_ = std::move(callback); }
  /// SIGKILL for a process that is not there yet, as soon as it is.
  void kill_at_start() { is_to_die_ = true; }
  /// The handle needs it no more; a process that is not there yet is killed when it comes.
  void abandon();
  /// Lets the template reap it, once that has said how it ended.
  void release();

 private:
  void on_end_of_process();
  void end(process::ExitStatus status);
  void unwatch();

  Reactor& reactor_;
  std::function<void()> release_;  // empty: done, or nobody is there to do it
  std::function<void()> on_started_;
  pid_t pid_ = 0;
  Fd pidfd_;
  platform::WakeUp ended_;
  bool is_watched_ = false;
  bool has_ended_ = false;
  bool is_to_die_ = false;
  bool is_reported_ = false;  // the template has said how it ended
  bool is_released_ = false;
  std::optional<process::ExitStatus> status_;
  Timer patience_;  // for the next message about it
};

}  // namespace provider_host::internal
