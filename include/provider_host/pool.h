#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provider_host/call.h"
#include "provider_host/error.h"
#include "provider_host/host_anchor.h"
#include "provider_host/options.h"
#include "provider_host/outcome.h"
#include "provider_host/outcome_sink.h"
#include "provider_host/script_report.h"
#include "provider_host/stats.h"
#include "provider_host/stream.h"

namespace provider_host {

namespace internal {
class CallState;
class PoolCore;

/// Makes what calls need once in a program. Any thread; returns true.
bool make_what_calls_need() noexcept;

// Before the static objects of whoever includes this, so that it is still there when a pool among them ends.
[[maybe_unused]] static const bool kCallsHaveWhatTheyNeed = make_what_calls_need();
}  // namespace internal

/// A call that was submitted: a future that can be cancelled. Copies refer to the same call. Safe to use from any
/// thread, and after the pool is gone (a pool settles everything before it ends).
class Pending {
 public:
  Pending() = default;

  /// Unique in its pool, from 1.
  [[nodiscard]] std::uint64_t id() const;
  [[nodiscard]] bool done() const;
  /// Whether a host has the call now.
  [[nodiscard]] bool running() const;

  /// Waits at most `seconds`, infinity included; whether the call has settled by then.
  [[nodiscard]] bool wait_for(double seconds) const;

  /// Waits until the call has settled; the same outcome at every call.
  [[nodiscard]] const Outcome& get() const;

  /// Asks that the call settle as `cancelled`. A queued call never reaches a host; the code of a
  /// running one is asked to end (PoolOptions::interrupt_grace). Returns false when the call had already settled.
  bool cancel() const;

  /// The same, but a call that a host has goes on. So a queue is emptied while what runs is waited for.
  bool withdraw() const;

 private:
  friend class Pool;
  explicit Pending(std::shared_ptr<internal::CallState> state) : state_(std::move(state)) {}
  std::shared_ptr<internal::CallState> state_;
};

/// Owner of the hosts of one provider script: starts them, queues calls, restarts what dies, and settles every call
/// exactly once. Links no Python. Every member function may be called from any thread at any time; the destructor
/// must not race with them. Times are seconds; a negative one is 0, NaN throws std::invalid_argument.
///
/// A pool belongs to the process that has made it. In a forked child every member function throws std::logic_error at
/// once, and the destructor does nothing, so that the parent's hosts go on; so it is with Pending, but for what had
/// settled before.
class Pool {
 public:
  /// Starts the hosts in parallel and returns when the first is ready, or at once (`PoolOptions::wait_for_start`).
  /// Throws ImportFailed when the script cannot be imported (not waiting: only when there is no such file), ConfigError
  /// when the options are wrong.
  explicit Pool(PoolOptions options);

  /// The same; `interrupted` is asked several times a second while the first host starts. Once it says true all hosts
  /// are ended, and ImportFailed of the kind `cancelled` is thrown.
  Pool(PoolOptions options, const std::function<bool()>& interrupted);

  /// `shutdown()`. May run in a callback.
  ~Pool();

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Waits at most `seconds`, infinity included, until the first start has ended, well or not; whether it has.
  [[nodiscard]] bool wait_for_start(double seconds) const;

  /// Why the first start has failed; nothing when it has not, or has not ended. It stays, also when a later one
  /// succeeds.
  [[nodiscard]] std::optional<Error> start_error() const;

  /// What the first ready host has said, `inspect()` without functions, tasks and files. Nothing until there was one.
  [[nodiscard]] std::optional<ScriptReport> start_report() const;

  /// Runs one call and waits for its outcome. Failures of the call are in the outcome, never thrown. With an idle
  /// host the calling thread itself talks to it; this is the fastest way to call.
  Outcome call(Call call);

  /// The same; `interrupted` is asked on this thread several times a second, and soon after a signal handler has run,
  /// for as long as the call takes. Once it says true the call is cancelled, as by `Pending::cancel`. So a program that
  /// embeds a pool can react to Ctrl-C.
  Outcome call(Call call, const std::function<bool()>& interrupted);

  /// `call_api(prompt, options, context)`; `options` and `context` must be objects, `{}` when left out.
  Outcome call_api(const std::string& prompt, const nlohmann::json& options = nlohmann::json::object(),
                   const nlohmann::json& context = nlohmann::json::object());
  /// `call_embedding_api(prompt, options)`.
  Outcome call_embedding_api(const std::string& prompt, const nlohmann::json& options = nlohmann::json::object());
  /// `call_classification_api(prompt, options)`.
  Outcome call_classification_api(const std::string& prompt, const nlohmann::json& options = nlohmann::json::object());

  /// Any function of the script with a JSON array of positional arguments as text; no validation of the result.
  Outcome call_raw(std::string function, std::string args_json);

  /// What a call follows that names neither an API nor a function: `call_api` if the script has that, else the one of
  /// `call_embedding_api` and `call_classification_api` that it has alone, else `call_api`.
  [[nodiscard]] Api default_api() const;

  /// Queues one call. FIFO.
  Pending submit(Call call);

  /// Queues one call; `on_settled` gets the outcome exactly once. Callbacks run on a thread of the pool's for them
  /// alone (which the first such call starts), one after the other in the order of settling; so what one takes its time
  /// for delays the others, but no call. In a callback everything of the pool may be used, with two limits:
  ///  - `shutdown()` and the destructor wait for the hosts there, but for no callback: what is due runs afterwards.
  ///  - Once the destructor waits for the last callbacks, one that submits with a callback again gets std::logic_error.
  /// What a callback throws is logged. `PoolOptions::callbacks` can have them run elsewhere.
  /// Throws std::system_error when that thread cannot be started; the call was not queued then.
  Pending submit(Call call, std::function<void(const Outcome&)> on_settled);

  /// The same; `interrupted` is asked several times a second while this waits for capacity in a full queue. Once it
  /// says true the call is cancelled.
  Pending submit(Call call, std::function<void(const Outcome&)> on_settled, const std::function<bool()>& interrupted);

  /// The same for threads that must not be blocked, such as those of event loops: this never waits. When the queue is
  /// full, a call that may wait for capacity does so at its end, and settles as `queue_full` when it has not moved up
  /// far enough in its time (Call::queue_wait).
  Pending submit_nonblocking(Call call, std::function<void(const Outcome&)> on_settled);

  /// Queues many calls in their order, as `submit` does with each, at a fraction of its cost; `sink` gets their
  /// outcomes. Returns their handles in the same order. When the queue is full this waits for capacity as `submit`
  /// does; calls for which there is none in time settle as `queue_full`. `interrupted`, if any, is as for `submit`:
  /// the calls that are not queued yet are cancelled, also when it throws. Throws std::system_error when no thread for
  /// callbacks can be started; no call was queued then.
  std::vector<Pending> submit_many(std::vector<TaggedCall> calls, const std::shared_ptr<OutcomeSink>& sink,
                                   const std::function<bool()>& interrupted = nullptr);

  /// The same for threads that must not be blocked; see submit_nonblocking.
  std::vector<Pending> submit_many_nonblocking(std::vector<TaggedCall> calls, const std::shared_ptr<OutcomeSink>& sink);

  /// Runs one call whose items are read as they come; see Stream. Failures are in its outcome, never thrown. Never
  /// waits: with an idle host it is sent at once, else it is queued. Nothing of it is run again (Call::retries) once an
  /// item has come.
  Stream stream(Call call);

  /// The same for `call_api(prompt, options, context)`.
  Stream stream_api(const std::string& prompt, const nlohmann::json& options = nlohmann::json::object(),
                    const nlohmann::json& context = nlohmann::json::object());

  /// The same; `on_item` gets each item, then `on_end` the outcome, exactly once. They run where the callbacks of
  /// submit() do, one after the other, under the same rules. The script does not run further ahead of a slow `on_item`
  /// than of a slow reader. Cancelling the handle closes the stream.
  Pending stream(Call call, std::function<void(const Item&)> on_item, std::function<void(const Outcome&)> on_end);

  /// The same for threads that must not be blocked: `on_readable` is called once an item or the end is there for
  /// Stream::try_next(), after the stream was made and each time after try_next() had nothing. It is called where calls
  /// settle, so it must not wait, throw or use the pool; a call may come once more than needed.
  Stream stream(Call call, std::function<void()> on_readable);

  /// What the script contains. Runs in a host like a call; throws InspectionFailed when that fails.
  /// `interrupted`, if any, is as for `call`.
  ScriptReport inspect(const std::function<bool()>& interrupted = nullptr);

  /// Imports the script anew, without losing a call: the hosts are replaced one after the other, each by one that has
  /// imported the script as it is now. A host's replacement starts while it works, and takes over between two calls.
  /// Calls in flight end on the former code; queued ones run on whichever host is free, so on the new code once all
  /// have it. Returns then; former hosts may still be completing their calls.
  ///
  /// Throws ImportFailed when the first replacement, or a later one, cannot be started; the log says so too. Hosts that
  /// have not been replaced go on with the former code. So it is after a shutdown (of the kind `shutting_down`). Throws
  /// ConfigError when the interpreter, which is looked for anew, has no host any more.
  ///
  /// Spares are replaced, too. A pool that has shrunk to no host imports the new code with the next call.
  /// The breaker of a crash loop closes, and a worker without a host gets one of the new code. A reload while another
  /// one runs makes that start over with what the script is by then; both return, or throw, together. State that the
  /// script keeps in variables is lost, and so is that of affinity keys.
  ///
  /// `interrupted`, if any, is as for `call`; it ends the wait with an ImportFailed of the kind `cancelled`, and the
  /// reload goes on. In a callback under CallbackThread::kSettling this throws std::logic_error.
  void reload(const std::function<bool()>& interrupted = nullptr);

  /// What the pool has counted, and how the hosts are. Never waits for a host.
  [[nodiscard]] PoolStats stats() const;

  /// Probes every host at its three levels, waits at most `limit` seconds for their responses, and returns the
  /// statistics with what came of it. `interrupted`, if any, is as for `call`; it ends the wait.
  PoolStats check_health(double limit = 1, const std::function<bool()>& interrupted = nullptr);

  /// Waits until `PoolOptions::log` has returned from all lines logged so far, 5 s at most; not at all inside the log.
  /// What the script printed while it was imported is among them once the constructor has returned.
  void flush_log();

  /// Refuses new calls, gives queued and running ones `PoolOptions::shutdown_timeout`, settles the rest as
  /// `shutting_down`, ends the hosts, and returns when no process is left and the callbacks of all settled calls have
  /// returned (in a callback: without waiting for those). A stream that waits for its reader is not waited for once
  /// that has taken nothing for five seconds. Later calls do nothing.
  void shutdown();

  /// The same with a deadline of its own, in seconds; 0 settles everything at once. `interrupted`, if any, is asked on
  /// this thread several times a second; once it says true, what is left is settled at once. May be called within the
  /// `interrupted` of a call, which the reactor thread goes on with.
  void shutdown(double drain_seconds, const std::function<bool()>& interrupted = nullptr);

 private:
  static std::vector<Pending> pending(std::vector<std::shared_ptr<internal::CallState>> calls);

  std::shared_ptr<internal::PoolCore> core_;
};

}  // namespace provider_host
