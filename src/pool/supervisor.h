#pragma once

#include <memory>
#include <optional>
#include <string>

#include "pool/admission_queue.h"
#include "pool/call/call_recall.h"
#include "pool/host/host.h"
#include "pool/host/host_stopper.h"
#include "pool/host/launcher.h"
#include "pool/host_set.h"
#include "pool/log_queue.h"
#include "pool/metrics.h"
#include "pool/phase.h"
#include "pool/policy/code_generations.h"
#include "pool/policy/restart_policy.h"
#include "pool/reactor/reactor.h"
#include "pool/start_result.h"
#include "pool/template/preloader.h"
#include "provider_host/options.h"

namespace provider_host::internal {

/// Keeps one host running for each worker, as far as the restart policy allows: starts, replaces and stops hosts. Knows
/// nothing of single calls. Belongs to the reactor thread.
class Supervisor {
 public:
  /// All outlive this.
  struct Parts {
    const PoolOptions& options;
    Reactor& reactor;
    HostSet& hosts;
    AdmissionQueue& queue;
    Metrics& metrics;
    LogQueue& log;
    const Phase& phase;
    CallRecall& recall;
    Host::Listener& listener;
    StartResult& start_result;
  };

  Supervisor(const Parts& parts, Launcher launcher);

  // --- each iteration
  /// Starts a host for every wanted worker without one. While the breaker is open, the half-open probe is made only
  /// when there are queued calls or other hosts.
  void start_missing();
  /// Why no call can be taken now: the breaker is open, and there is no host.
  [[nodiscard]] std::optional<Error> unavailable() const;

  // --- what happens to hosts
  void on_ready(Host& host, const wire::ReadyMessage& message);
  /// A template is ready, is a host after all, or says what became of a fork.
  void on_template_message(Host& host, const wire::HostMessage& message);
  /// A template has ended; `how` says how, for the log.
  void on_template_exit(Host& host, const std::string& how);
  /// A host was given up before it was ready.
  void on_start_failed(Host& host, Error error, bool is_import_error);
  /// The stacks of a host whose start_timeout has passed have arrived.
  void on_start_stacks(Host& host);
  /// It exited before it was ready. `error` says how.
  void on_exit_at_start(Host& host, Error error);
  /// A worker's host is lost: it crashed, or broke the protocol.
  void on_lost(Host& host, RestartCause cause, Error error);
  /// What happens to the worker of a crashed host, for the log; may be empty.
  [[nodiscard]] std::string describe_recovery() const;

  // --- verbs
  /// Whether a host can be started now; if not, it is tried again when one can.
  [[nodiscard]] bool can_launch() const { return preloader_.can_launch(); }
  /// Starts a host with this number; the caller installs it; can_launch(). Throws std::exception.
  std::unique_ptr<Host> launch(int number);
  /// Takes the host out of rotation, and ends it once it has no calls any more. Those that it has not begun go back to
  /// the queue.
  void retire(Host& host, StopPlan plan, RestartCause cause);
  /// A retiring host can serve again: it returns to its worker if that is wanted and its place is free, or taken by a
  /// stand-in, as soon as no caller has that one's channel. Else it is stopped.
  void reinstate(Host& host);
  /// Stops a retiring host once its calls have ended.
  void stop_if_idle(Host& host) {
    if (!host.has_calls()) stopper_.step(host);
  }
  /// Stops the replacement; the worker's host stays in service.
  void dismiss_replacement(Worker& worker);
  /// The same for one that has failed. A script that can no longer be imported must not cost a
  /// host that works.
  void drop_replacement(Worker& worker, const Error& error);
  /// A spare has failed to start, or has ended while it waited.
  void drop_spare(Host& spare, const Error& error);
  /// Stops the spares with code of former generations; others are started in their places.
  void dismiss_spares_before(int generation);
  /// Ends all hosts; may be called again.
  void stop_all();
  /// The grace of interrupted code during the shutdown; seconds.
  [[nodiscard]] double final_grace() const;

  // --- the script's code (Reloader)
  /// There is new code, which hosts that are started from now on import. The breaker closes: it was opened by the
  /// former code.
  void begin_generation(Launcher::Program program);
  /// The reload that has begun it has ended.
  void end_generation() { generations_.end(); }
  [[nodiscard]] const CodeGenerations& generations() const { return generations_; }

  HostStopper& stopper() { return stopper_; }
  /// File name of the script.
  [[nodiscard]] const std::string& script_name() const { return launcher_.script_name(); }
  [[nodiscard]] bool has_started() const { return has_started_; }
  /// Whether starts succeed, as far as known: a host has become ready, and the breaker is closed.
  [[nodiscard]] bool is_healthy() const { return has_started_ && policy_.is_closed(); }
  /// When a spare may be started as far as the workers are concerned; nothing while they need what there is.
  [[nodiscard]] std::optional<TimePoint> next_spare_start() const;
  /// Whether another host would have something to do.
  [[nodiscard]] bool needs_hosts() const {
    return !parts_.phase.is_closing() || (!parts_.phase.is_aborting() && !parts_.queue.empty());
  }

 private:
  void start(Worker& worker);
  template <typename Launch>
  std::unique_ptr<Host> begun(Launch launch_host);
  void prepare_generation();
  bool hand_over_spare(Worker& worker);
  [[nodiscard]] std::optional<TimePoint> next_start() const;
  void arm_start_timeout(Host& host);
  void on_start_timeout(Host& host);
  void on_fork_failed(Host& host, Error error);
  void drop_template(Host& host, const std::optional<Error>& error);
  void relieve(Host& stand_in);
  void on_failed_start(std::optional<int> host, Error error, bool is_import_error);
  [[nodiscard]] StopPlan stop_plan_for(const Host& host) const;
  void update_policy();
  void publish_availability();
  void stop_replacement(Worker& worker, StopPlan plan);
  void log(LogLevel level, int host, std::string_view text) { parts_.log.post({level, host, "pool", text}); }

  const Parts parts_;
  Launcher launcher_;
  RestartPolicy policy_;
  CodeGenerations generations_;
  HostStopper stopper_;
  Preloader preloader_;
  Timer restart_timer_;
  Error last_error_;
  std::uint64_t responses_ = 0;  // that the policy knows of
  bool has_started_ = false;     // a host has become ready
};

}  // namespace provider_host::internal
