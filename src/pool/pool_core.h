#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "pool/call_list.h"
#include "pool/call_queue.h"
#include "pool/call_state.h"
#include "pool/callback_executor.h"
#include "pool/counters.h"
#include "pool/host_process.h"
#include "pool/jitter.h"
#include "pool/log_queue.h"
#include "pool/memory_policy.h"
#include "pool/quarantine.h"
#include "pool/restart_policy.h"
#include "pool/submission.h"
#include "pool/timer_queue.h"
#include "process/oom_watch.h"
#include "process/poller.h"
#include "process/process_mark.h"
#include "provider_host/options.h"
#include "provider_host/script_report.h"
#include "provider_host/stats.h"

namespace provider_host::internal {

/// How a call waits for room in a full queue: its caller does, until it is interrupted, or the call does, in line.
struct RoomWait {
  std::function<bool()> interrupted = nullptr;
  bool in_line = false;
};

/// What is behind Pool. One thread, "the pool's", owns the hosts and decides everything that can go wrong; callers only
/// queue calls, or borrow an idle host for one exchange of frames:
///
///   submit() ──▶ queue ──▶ pool's thread ──frames──▶ hosts
///   call()   ──▶ an idle host, on the caller's own thread; anything but a plain answer goes to the pool's thread
///   settled calls with a callback ──▶ CallbackExecutor's thread          lines ──▶ LogQueue's thread
///
/// A host's call channel has one owner at a time (Slot::owner); a caller owns it by a Lease. Decisions are made under
/// mutex_, I/O is done outside it. Neither the pool's thread nor whoever holds a mutex waits for code of users.
///
/// A call that is not settled is in exactly one place: the queue, a lease, Slot::handed_over, a host's calls in flight,
/// or resting_. It is put into the next place before it leaves the last one, or after all that can throw; so a step
/// that fails is made again in the next turn of the pool's thread. What hosts do is noted with them and stays noted
/// until it is dealt with, for the same reason.
class PoolCore : public std::enable_shared_from_this<PoolCore>, private HostProcess::Listener {
  using Listener = HostProcess::Listener;

 public:
  using Interrupted = std::function<bool()>;
  static constexpr double kInterruptInterval = 0.05;  ///< Seconds between two questions whether a call is interrupted.

  /// Makes the process of a host; may throw any std::exception, which ends that start. On the pool's thread.
  using Spawner = std::function<SpawnedHost(const HostProgram& program, const std::string& script)>;

  /// Resolves the interpreter and its host. Throws ConfigError, ImportFailed (no such script).
  explicit PoolCore(PoolOptions options, Spawner spawner = spawn_host);
  ~PoolCore() override;
  PoolCore(const PoolCore&) = delete;
  PoolCore& operator=(const PoolCore&) = delete;

  /// Starts the hosts and waits for the first to be ready. Throws ImportFailed. Once. `interrupted` may be empty; see
  /// Pool's constructor.
  void start(const Interrupted& interrupted);

  /// `interrupted` may be empty; see Pool::call.
  Outcome call(Submission submission, const Interrupted& interrupted = nullptr);
  CallPtr submit(Submission submission, CallState::OnSettled on_settled, const RoomWait& wait = {});
  [[nodiscard]] bool is_running(const CallState& call) const;
  bool cancel(const CallPtr& call);
  bool withdraw(const CallPtr& call);
  ScriptReport inspect(const Interrupted& interrupted);
  PoolStats check_health(double limit, const Interrupted& interrupted);
  /// See Pool::default_api.
  [[nodiscard]] Api default_api() const { return script_api_; }
  PoolStats stats() const;
  /// `interrupted` may be empty; see Pool::shutdown.
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
  enum class Owner : std::uint8_t { kNobody, kCaller, kPool };
  /// How a caller's exchange with a borrowed host ended.
  enum class Exchange : std::uint8_t { kAnswered, kTimeUp, kInterrupted, kLeft, kEnded, kViolation, kNoMemory };
  /// What the pool's thread gets from a caller whose exchange came to no plain end.
  struct Unfinished {
    CallPtr call;
    Exchange how{};
    std::string violation;
  };
  struct Slot {
    int number = 0;
    std::unique_ptr<HostProcess> process;
    Owner owner = Owner::kPool;  // of the process's call channel; kNobody: idle and ready
    bool ready = false;
    std::optional<Unfinished> handed_over;  // the caller that owns the channel has gone
    int in_flight = 0;
    std::uint64_t calls = 0;
    std::uint64_t starts = 0;
    std::unique_ptr<HostProcess> successor;  // of a host that is to be recycled; starting, or ready and waiting for it
    bool has_ready_successor = false;
    std::optional<TimePoint> crashed_at;  // of a crash whose successor is not ready yet
    double ready_ms = 0;
  };
  class Lease;

  [[noreturn]] void throw_in_child() const;

  // --- any thread (pool_core.cc)
  CallPtr make_call(Submission submission, CallState::OnSettled on_settled, std::optional<Error>& refused);
  void enqueue(const CallPtr& call, double queue_wait, const RoomWait& wait);
  void line_up(const CallPtr& call, double queue_wait);
  void leave_line(const CallState& call);
  void put_in_queue(const CallPtr& call);  // needs mutex_
  std::optional<Error> wait_for_room(std::unique_lock<std::mutex>& lock, const CallPtr& call, double queue_wait,
                                     const Interrupted& interrupted);
  void leave_waiting_room(const CallPtr& call);
  std::optional<Error> refusal() const;      // needs mutex_
  std::optional<Error> unavailable() const;  // needs mutex_
  std::optional<Error> quarantined_input(const CallState& call) const;
  void post(std::function<void()> command);
  void ask(const CallPtr& call, CallState::Wish wish);
  void record(const Outcome& outcome, const CallState& call);
  void count(const Outcome& outcome, const CallState& call);  // needs mutex_
  void settle(const CallPtr& call, Outcome outcome);
  void refuse(const CallPtr& call, Error error);
  void log(LogLevel level, int host, std::string_view source, std::string_view text);

  // --- any thread: the straight path (straight_path.cc)
  [[nodiscard]] bool has_straight_path() const { return options_.concurrency == 1 && !options_.capture; }
  Slot* borrow(CallState& call);
  Outcome exchange_with(Slot& slot, const CallPtr& call, const Interrupted& interrupted);
  Exchange exchange(Lease& lease, CallState& call, const Interrupted& interrupted, Outcome& outcome,
                    std::string& violation) const;
  void leave_leases() const;
  Outcome wait_for_settling(const CallPtr& call, const Interrupted& interrupted);
  static std::optional<Exchange> read_answer(HostProcess& host, const CallState& call, std::optional<TimePoint> until,
                                             Outcome& outcome, std::string& violation);
  static std::optional<Exchange> take_answer(HostProcess& host, const CallState& call, Outcome& outcome,
                                             std::string& violation);

  // --- the pool's thread: its turns (loop.cc)
  void run();
  void serve();
  void turn();
  [[nodiscard]] std::optional<TimePoint> next_due() const;
  void log_internal_error();
  void run_commands();
  void grant_wishes();

  // --- the pool's thread: hosts (hosts.cc)
  void start_hosts();
  void start_host(Slot& slot);
  std::unique_ptr<HostProcess> spawn(const Slot& slot);
  void fail_start(HostProcess* host, Error error, bool import_error);
  void on_ready(HostProcess& host, const wire::ReadyMessage& message) override;
  void on_start_failed(HostProcess& host, Error error) override;
  void on_dump_end(HostProcess& host) override;
  void on_line(HostProcess& host, std::string_view source, std::string_view line) override;
  void attend_hosts();
  void attend(HostProcess& host);
  bool take_from_caller(HostProcess& host);
  void end_violator(HostProcess& host);
  void end_channel(HostProcess& host);
  void start_took_too_long(HostProcess& host);
  void retire(HostProcess& host, StopPlan plan, RestartCause cause);
  void leave_slot(HostProcess& host, RestartCause cause);
  Slot* slot_of(const HostProcess& host);
  HostFacts facts_with_dump(HostProcess& host);

  // --- the pool's thread: calls (calls.cc)
  void on_answer(HostProcess& host, const CallPtr& call, Outcome outcome) override;
  void assign();
  std::optional<CallQueue::Assignment> next_assignment();
  void tell_loss(const CallQueue::Assignment& assignment);
  void give_call(const CallQueue::Assignment& assignment);
  void arm_run_limit(const CallPtr& call);
  void count_load();
  void release_idle_hosts();
  void adopt_calls();
  void adopt(Slot& slot);
  void end_adopted(const CallPtr& call, Exchange how);
  void requeue(HostProcess* from, const CallPtr& call);
  void arm_queue_limit(const CallPtr& call);
  [[nodiscard]] bool waits_in_line(const CallState& call) const;
  void arm_room_limit(const CallPtr& call, double queue_wait);
  void drop_queued(const CallPtr& call);
  void finish_queued(const CallPtr& call, Error error);
  void finish(const CallPtr& call, Outcome outcome);
  void finish_all(HostProcess& host, std::vector<std::pair<CallPtr, Outcome>>& outcomes);
  void drop_quarantined(std::uint64_t input);
  void fail_queue(const Error& error);
  void fail_unavailable();

  // --- the pool's thread: timeouts and cancellation (ladder.cc)
  HostProcess* host_running(const CallState& call);
  void begin_timeout(const CallPtr& call);
  void finish_timeout(HostProcess& host, const CallPtr& call);
  void cancel_now(const CallPtr& call);
  void abandon(HostProcess& host, const CallPtr& call, Error error);
  void stand_aside(HostProcess& host);
  void condemn(HostProcess& host);
  void on_obeyed(HostProcess& host) override;

  // --- the pool's thread: hosts that have ended (crashes.cc)
  void bury(HostProcess& host);
  void end_start(HostProcess& host);
  void crash(HostProcess& host);
  [[nodiscard]] std::string what_follows() const;
  const Death& death_of(HostProcess& host);
  HostFacts facts_of_death(HostProcess& host, const process::ExitStatus& status);
  void settle_dead(HostProcess& host);
  void retry_or_fail(HostProcess& host, const CallPtr& call, Error error);
  void put_back(HostProcess& host, const std::vector<std::uint64_t>& unread);

  // --- the pool's thread: hosts that have become other programs (reexecution.cc)
  bool follow(HostProcess& host);
  void follow(const Executed& executed);
  static bool has_become_another(HostProcess& host);

  // --- the pool's thread: hosts that are to end (endings.cc)
  void stop_step(HostProcess& host);
  void tell_slow_end(HostProcess& host);
  bool waits_for_company(HostProcess& host);

  // --- the pool's thread: hosts that have served long enough (recycle.cc)
  [[nodiscard]] Slot* slot_of_successor(const HostProcess& host);
  void recycle_hosts();
  void check_memory();
  void check_memory_at_start(const HostProcess& host);
  void limit_calls(HostProcess& host);
  void give_more_calls(HostProcess& host) const;
  static bool is_due(const Slot& slot, HostProcess& host);
  void take_over(Slot& slot);
  HostProcess& dismiss_successor(Slot& slot);
  void drop_successor(Slot& slot, const Error& error);

  // --- health (health.cc): the pool's thread probes, any thread looks at what came of it
  void probe_hosts();
  [[nodiscard]] PoolStats counted() const;
  [[nodiscard]] HostHealth health_of(const Slot& slot) const;  // needs mutex_
  static void look_at_process(HostStats& host);

  // --- the end (shutdown.cc): any thread
  void close(double drain_seconds);
  void wait_for_end(const Interrupted& interrupted);

  // --- the end: the pool's thread
  void end_drain();
  void cut_short();
  [[nodiscard]] bool is_drained() const;  // needs mutex_
  void check_drained();
  [[nodiscard]] bool is_over() const;
  [[nodiscard]] bool each_call_has_one_place() const;
  [[nodiscard]] StopPlan ending_of(const HostProcess& host) const;
  [[nodiscard]] double last_grace() const;

  // constant after construction
  const process::ProcessMark process_;
  PoolOptions options_;
  Spawner spawner_;
  std::string script_name_;

  // written by the pool's thread with mutex_ locked, and only until the first host is ready
  HostProgram program_;
  wire::StartMessage start_message_;
  int generation_ = 0;  // of these two

  // belongs to the pool's thread
  process::Poller poller_;  // but for wake()
  /// How long a wedged host may take to say where its code is, before the caller is told without; seconds.
  static constexpr double kDumpWait = 0.5;

  TimerQueue timers_;
  std::vector<std::unique_ptr<HostProcess>> retiring_;
  std::map<std::uint64_t, CallPtr> resting_;         // by id: they wait to be run again
  std::optional<CallQueue::Assignment> assignment_;  // out of the queue, and not with its host yet
  Jitter jitter_;
  process::OomWatch oom_watch_;
  MemoryPolicy memory_policy_;
  TimerQueue::Id restart_timer_{};
  bool stopping_ = false;  // the hosts are being ended
  bool cut_ = false;       // running calls are no longer waited for

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // protected by mutex_
  std::vector<Slot> slots_;  // the vector itself is constant after construction
  CallQueue queue_;
  std::vector<CallQueue::Seat> seats_;   // of slots_, for the queue
  std::set<std::uint64_t> beyond_room_;  // ids of the calls in queue_ that are more than it has room for
  std::condition_variable room_;
  int waiting_for_room_ = 0;  // callers
  std::deque<std::function<void()>> commands_;
  CallList<&CallState::next_wish> wishes_;  // the calls that are to be cancelled
  RestartPolicy policy_;
  Quarantine quarantine_;
  std::uint64_t next_id_ = 1;
  bool closing_ = false;
  std::optional<TimePoint> drain_until_;  // then what still runs is cut short
  bool ended_ = false;                    // the pool's thread has nothing more to do
  bool first_ready_ = false;
  std::uint64_t health_checks_ = 0;
  std::optional<Error> start_error_;
  Error last_error_;
  Counters counters_;

  const std::shared_ptr<LogQueue> log_;  // shared with callbacks_
  CallbackExecutor callbacks_;
  std::mutex join_mutex_;  // guards thread_
  std::thread thread_;
  std::shared_ptr<PoolCore>
      self_;  // once nobody else waits for the end of the pool's thread; in a forked child, for ever
  std::atomic<std::thread::id> pool_thread_;
  std::atomic<Api> script_api_ = Api::kCall;  // as the host said that was ready last
};

}  // namespace provider_host::internal
