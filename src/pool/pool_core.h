#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "pool/admission_queue.h"
#include "pool/call_settler.h"
#include "pool/call_state.h"
#include "pool/call_termination.h"
#include "pool/callback_executor.h"
#include "pool/cancellations.h"
#include "pool/crash_handler.h"
#include "pool/dispatcher.h"
#include "pool/fast_path.h"
#include "pool/health_monitor.h"
#include "pool/host_leases.h"
#include "pool/host_set.h"
#include "pool/interrupt.h"
#include "pool/launcher.h"
#include "pool/log_queue.h"
#include "pool/metrics.h"
#include "pool/phase.h"
#include "pool/quarantine.h"
#include "pool/reactor.h"
#include "pool/recycler.h"
#include "pool/retry_backoff.h"
#include "pool/shutdown.h"
#include "pool/start_result.h"
#include "pool/submission.h"
#include "pool/supervisor.h"
#include "pool/timeout_escalation.h"
#include "pool/transferred_calls.h"
#include "process/process_mark.h"
#include "provider_host/options.h"
#include "provider_host/script_report.h"
#include "provider_host/stats.h"

namespace provider_host::internal {

/// What is behind Pool: the parts, and what each iteration of the reactor does with them. Callers only queue calls, or
/// lease an idle host for one exchange of frames:
///
///   submit() ──▶ AdmissionQueue ──▶ Dispatcher ──frames──▶ hosts
///   call()   ──▶ FastPath: an idle host, on the caller's own thread; anything but a plain response goes to the reactor
///   settled calls with a callback ──▶ CallbackExecutor's thread          lines ──▶ LogQueue's thread
///
/// What callers touch has a mutex of its own (AdmissionQueue, HostLeases, Cancellations, Metrics, Quarantine, Phase);
/// they are not nested, but that the queue counts. All else belongs to the reactor's thread. Neither that thread nor
/// whoever holds a mutex waits for code of users.
///
/// A call that is not settled is in exactly one place: the queue, a lease, in flight with a host, in backoff, or
/// between queue and host. It is put into the next place before it leaves the last one, or after all that can throw; so
/// a step that fails is made again in the next iteration. What hosts do is noted with them and stays noted until it is
/// dealt with, for the same reason.
class PoolCore : public std::enable_shared_from_this<PoolCore>, private Host::Listener, private Reactor::Client {
 public:
  /// Resolves the interpreter and its host. Throws ConfigError, ImportFailed (no such script).
  explicit PoolCore(PoolOptions options, Launcher::Spawner spawner = spawn_host);
  ~PoolCore() override;
  PoolCore(const PoolCore&) = delete;
  PoolCore& operator=(const PoolCore&) = delete;

  /// Starts the hosts and waits for the first to be ready. Throws ImportFailed. Once. See Pool's constructor.
  void start(const Interrupted& interrupted);

  /// See Pool::call.
  Outcome call(Submission submission, const Interrupted& interrupted = nullptr);
  CallPtr submit(Submission submission, CallState::OnSettled on_settled, const Interrupted& interrupted = nullptr);
  /// Never waits: a call for which there is no capacity waits in line.
  CallPtr submit_nonblocking(Submission submission, CallState::OnSettled on_settled);
  [[nodiscard]] bool is_running(const CallState& call) const { return !call.settled() && call.host != 0; }
  bool cancel(const CallPtr& call) { return ask(call, CallState::Wish::kCancel); }
  bool withdraw(const CallPtr& call) { return ask(call, CallState::Wish::kWithdraw); }
  ScriptReport inspect(const Interrupted& interrupted);
  PoolStats check_health(double limit, const Interrupted& interrupted);
  /// See Pool::default_api.
  [[nodiscard]] Api default_api() const { return script_api_; }
  [[nodiscard]] PoolStats stats() const;
  /// See Pool::shutdown.
  void shutdown(double drain_seconds, const Interrupted& interrupted);
  /// The end of the Pool, which `self` belongs to: shutdown(), and the end of callbacks. On a thread that it would wait
  /// for it only sees to that.
  void end(std::shared_ptr<PoolCore> self);
  /// Due on a thread that is to wait for the pool. Throws std::logic_error on the pool's own, which may not wait for
  /// itself. A caller that waits inside its own call, where it was asked whether it is interrupted, leaves that call to
  /// the pool.
  void prepare_to_wait() const;
  /// Whether this is the process that has made the pool, and not a child that it has forked; there nothing else may be
  /// asked, as threads are gone and processes, descriptors and the state of mutexes are the parent's.
  [[nodiscard]] bool is_here() const noexcept { return process_.is_here(); }
  /// Throws std::logic_error in such a child.
  void check_process() const {
    if (!is_here()) throw_in_child();
  }
  [[nodiscard]] const PoolOptions& options() const { return options_; }

 private:
  using CapacityWait = AdmissionQueue::CapacityWait;

  [[noreturn]] void throw_in_child() const;

  // --- any thread: calls (submit.cc)
  CallPtr make_call(Submission submission, CallState::OnSettled on_settled, std::optional<Error>& refused);
  CallPtr submit(Submission submission, CallState::OnSettled on_settled, CapacityWait::How how,
                 const Interrupted& interrupted);
  void enqueue(const CallPtr& call, double queue_wait, CapacityWait::How how, const Interrupted& interrupted);
  [[nodiscard]] std::optional<Error> quarantined_input(const CallState& call) const;
  Outcome wait_for_settling(const CallPtr& call, const Interrupted& interrupted);
  bool ask(const CallPtr& call, CallState::Wish wish);
  void close(double drain_seconds);
  void wait_for_end(const Interrupted& interrupted);

  // --- the reactor's thread (pool_core.cc)
  void on_iteration() override;
  [[nodiscard]] std::optional<TimePoint> next_due() const override;
  [[nodiscard]] bool is_done() const override { return shutdown_.is_done(); }
  void on_fault() noexcept override;
  void on_ready(Host& host, const wire::ReadyMessage& message) override;
  void on_start_failed(Host& host, Error error) override { supervisor_.on_start_failed(host, std::move(error), true); }
  void on_response(Host& host, const CallPtr& call, Outcome outcome) override;
  void on_interrupted(Host& host) override { escalation_.on_interrupted(host); }
  void on_stacks(Host& host) override;
  void on_line(Host& host, std::string_view source, std::string_view line) override;
  [[nodiscard]] bool each_call_has_one_place();

  // constant after construction
  const process::ProcessMark process_;
  const PoolOptions options_;

  std::atomic<std::uint64_t> last_id_ = 0;
  std::atomic<Api> script_api_ = Api::kCall;  // as the host said that was ready last

  const std::shared_ptr<LogQueue> log_;  // shared with callbacks_
  CallbackExecutor callbacks_;
  Phase phase_;
  StartResult start_result_;
  Metrics metrics_;
  Quarantine quarantine_;
  Cancellations cancellations_;
  AdmissionQueue queue_;
  Reactor reactor_;
  HostLeases leases_;
  FastPath fast_path_;

  // the reactor's thread
  HostSet hosts_;
  CallSettler settler_;
  RetryBackoff retries_;
  Supervisor supervisor_;
  TimeoutEscalation escalation_;
  Recycler recycler_;
  CrashHandler crashes_;
  Dispatcher dispatcher_;
  CallTermination termination_;
  TransferredCalls transferred_;
  Shutdown shutdown_;
  HealthMonitor health_;

  std::shared_ptr<PoolCore> self_;  // in a forked child, for ever
};

}  // namespace provider_host::internal
