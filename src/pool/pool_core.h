#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "pool/admission_queue.h"
#include "pool/call/call_settler.h"
#include "pool/call/call_state.h"
#include "pool/call/callback_executor.h"
#include "pool/call/cancellations.h"
#include "pool/call/submission.h"
#include "pool/engine.h"
#include "pool/fast_path.h"
#include "pool/host/launcher.h"
#include "pool/host_leases.h"
#include "pool/interrupt.h"
#include "pool/log_queue.h"
#include "pool/metrics.h"
#include "pool/phase.h"
#include "pool/policy/quarantine.h"
#include "pool/reactor/reactor.h"
#include "pool/start_result.h"
#include "pool/stream/credit_requests.h"
#include "pool/stream/stream_path.h"
#include "process/process_mark.h"
#include "provider_host/options.h"
#include "provider_host/outcome_sink.h"
#include "provider_host/script_report.h"
#include "provider_host/stats.h"

namespace provider_host::internal {

/// The implementation of Pool. Callers only queue calls, or lease an idle host for one exchange of frames. All else is
/// done on the reactor thread, by the Engine:
///
///   submit() ──▶ AdmissionQueue ──▶ Engine ──frames──▶ hosts
///   call()   ──▶ FastPath: an idle host, on the caller's own thread; anything but a plain response goes to the Engine
///   settled calls with a callback ──▶ CallbackExecutor's thread          lines ──▶ LogQueue's thread
///
/// What both sides use has a mutex of its own (AdmissionQueue, HostLeases, Cancellations, Metrics, Quarantine,
/// Phase); they are not nested, except that AdmissionQueue calls Metrics. Neither the reactor thread nor a thread that
/// holds a mutex waits for user code.
class PoolCore : public std::enable_shared_from_this<PoolCore> {
 public:
  /// Resolves the interpreter and its host. Throws ConfigError, ImportFailed (no such script).
  explicit PoolCore(PoolOptions options, Launcher::Spawner spawner = spawn_host);
  ~PoolCore();
  PoolCore(const PoolCore&) = delete;
  PoolCore& operator=(const PoolCore&) = delete;

  /// Starts the hosts and waits for the first to be ready, if the options say so. Throws ImportFailed. Once. See Pool's
  /// constructor.
  void start(const Interrupted& interrupted);
  /// See Pool::wait_for_start.
  [[nodiscard]] bool wait_for_start(double seconds) const;
  [[nodiscard]] std::optional<Error> start_error() const { return start_result_.error(); }
  [[nodiscard]] std::optional<ScriptReport> start_report() const { return start_result_.report(); }

  /// See Pool::call.
  Outcome call(Submission submission, const Interrupted& interrupted = nullptr);
  CallPtr submit(Submission submission, CallState::OnSettled on_settled, const Interrupted& interrupted = nullptr);
  /// Never waits: a call for which there is no capacity waits in line.
  CallPtr submit_nonblocking(Submission submission, CallState::OnSettled on_settled);
  /// See Pool::submit_many.
  std::vector<CallPtr> submit_many(std::vector<TaggedCall> calls, const std::shared_ptr<OutcomeSink>& sink,
                                   const Interrupted& interrupted);
  std::vector<CallPtr> submit_many_nonblocking(std::vector<TaggedCall> calls, const std::shared_ptr<OutcomeSink>& sink);
  [[nodiscard]] bool is_running(const CallState& call) const { return !call.settled() && call.host != 0; }
  bool cancel(const CallPtr& call) { return request_cancel(call, CallState::CancelRequest::kCancel); }
  bool withdraw(const CallPtr& call) { return request_cancel(call, CallState::CancelRequest::kWithdraw); }
  /// What a stream has besides its items.
  struct StreamCallbacks {
    StreamItems::OnItem on_item = {};
    CallState::OnSettled on_end = {};
    StreamItems::OnReadable on_readable = {};
  };
  /// See Pool::stream.
  CallPtr stream(Submission submission, StreamCallbacks callbacks);
  StreamPath& stream_path() { return stream_path_; }
  /// The host of a stream may send what was read (StreamItems::is_credit_due).
  void request_credit(const CallPtr& call) noexcept {
    credit_requests_.request(call);
    reactor_.wake();
  }
  ScriptReport inspect(const Interrupted& interrupted);
  /// See Pool::reload.
  void reload(const Interrupted& interrupted);
  PoolStats check_health(double limit, const Interrupted& interrupted);
  /// See Pool::default_api.
  [[nodiscard]] Api default_api() const { return engine_.script_api(); }
  [[nodiscard]] PoolStats stats() const;
  /// See Pool::flush_log.
  void flush_log() { log_->flush(); }
  /// See Pool::shutdown.
  void shutdown(double drain_seconds, const Interrupted& interrupted);
  /// Ends the Pool that `self` belongs to: shutdown(), then the callbacks. On a thread that this would wait for, the
  /// rest happens later, without waiting.
  void end(std::shared_ptr<PoolCore> self);
  /// Call this on a thread before it waits for the pool. Throws std::logic_error on the reactor thread, which may not
  /// wait for itself. A caller that waits inside the `interrupted` of its own call transfers that call to the reactor.
  void prepare_to_wait() const;
  /// Whether this is the process that has made the pool, and not a child that it has forked; there nothing else may be
  /// asked, as threads are gone and processes, descriptors and the state of mutexes are the parent's.
  [[nodiscard]] bool is_here() const noexcept { return process_.is_here(); }
  /// Throws std::logic_error in such a child.
  void check_process() const {
    if (!is_here()) throw_in_child();
  }
  [[nodiscard]] const PoolOptions& options() const { return options_; }

  /// The pool of a call that has not settled: a settled one needs its pool no more. Empty when that has ended, too.
  /// Throws std::logic_error in a forked child.
  static std::shared_ptr<PoolCore> of(const CallState& call);

 private:
  using CapacityWait = AdmissionQueue::CapacityWait;

  [[noreturn]] void throw_in_child() const;

  struct Refused {
    CallPtr call;
    Error error;
  };

  CallLimits check(Submission& submission, std::optional<Error>& refused) const;
  CallPtr make_call(Submission submission, CallState::OnSettled on_settled, std::optional<Error>& refused);
  void make_calls(std::span<TaggedCall> calls, const std::shared_ptr<OutcomeSink>& sink, std::vector<CallPtr>& made,
                  std::vector<Refused>& refusals);
  [[nodiscard]] bool may_lease(const CallState& call) const;
  void start_callbacks();
  CallPtr submit(Submission submission, CallState::OnSettled on_settled, CapacityWait::How how,
                 const Interrupted& interrupted);
  std::vector<CallPtr> submit_many(std::vector<TaggedCall> calls, const std::shared_ptr<OutcomeSink>& sink,
                                   CapacityWait::How how, const Interrupted& interrupted);
  bool enqueue(const CallPtr& call, CapacityWait::How how, const Interrupted& interrupted);
  void enqueue_many(std::span<const CallPtr> calls, CapacityWait::How how, const Interrupted& interrupted);
  void cancel_unqueued(std::span<const CallPtr> calls);
  [[nodiscard]] std::optional<Error> quarantined_input(const CallState& call) const;
  Outcome wait_for_settling(const CallPtr& call, const Interrupted& interrupted);
  bool request_cancel(const CallPtr& call, CallState::CancelRequest kind);
  void close(double drain_seconds);
  void wait_for_end(const Interrupted& interrupted);

  // constant after construction
  const process::ProcessMark process_;
  const PoolOptions options_;

  std::atomic<std::uint64_t> last_id_ = 0;

  const std::shared_ptr<LogQueue> log_;  // shared with callbacks_
  CallbackExecutor callbacks_;
  Phase phase_;
  StartResult start_result_;
  Metrics metrics_;
  Quarantine quarantine_;
  Cancellations cancellations_;
  CreditRequests credit_requests_;
  AdmissionQueue queue_;
  Reactor reactor_;
  HostLeases leases_;
  FastPath fast_path_;
  StreamPath stream_path_;
  CallSettler settler_;
  Engine engine_;  // the reactor thread

  std::shared_ptr<PoolCore> self_;  // in a forked child, for ever
};

}  // namespace provider_host::internal
