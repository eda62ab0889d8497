#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "cli/batch/runner/call_runner.h"
#include "cli/batch/runner/ray/bridge_message.h"
#include "cli/batch/runner/ray/bridge_process.h"
#include "cli/batch/runner/ray/call_frames.h"
#include "cli/batch/runner/ray/outstanding_calls.h"
#include "cli/io/console.h"
#include "cli/io/signals.h"
#include "cli/options.h"
#include "pipe/response_reader.h"

namespace provider_host::cli {

/// Runs calls on a Ray cluster, through a *bridge*: a Python process that speaks the protocol of `provider-host pipe`
/// on its stdin and stdout (docs/protocol.md, "The pipe over a cluster").
///
///   thread that submits:  calls ─▶ frames ─▶ bridge
///   thread of its own:    window ◀─ outcomes ◀─ frames ◀─ bridge, whose stderr goes to the console
///
/// Calls that have no response when the bridge ends, or breaks the protocol, settle with an error that says so. The
/// runner is lost then, unless the run was interrupted, also within a second after: a signal may go to all processes.
class RayRunner : public CallRunner {
 public:
  /// Starts the bridge: `-m provider_host.ray` with the interpreter that `pool.python` means. Throws ConfigError when
  /// there is none, std::system_error when no process or thread can be started. `console` outlives this.
  RayRunner(PoolOptions pool, Console& console);
  /// Kills the bridge unless it has ended.
  ~RayRunner() override;

  /// Waits until the cluster has imported the script; a signal ends this program meanwhile. Once, before all else.
  /// Throws ImportFailed, and UsageError for what is wrong with the options, the interpreter or the cluster.
  void connect(const RayOptions& ray, Signals& signals);

  [[nodiscard]] Api default_api() const override { return ready_->api; }
  [[nodiscard]] RunnerCapacity capacity() const override;
  void begin(std::shared_ptr<BatchWindow> window, OnLost on_lost) override;
  void submit(std::vector<TaggedCall> calls, const std::function<bool()>& is_stopping) override;
  void withdraw_waiting() override;
  void end_at_once() override;
  void finish() override;
  [[nodiscard]] std::uint64_t restarts() const override;
  /// `probe` means nothing: the bridge reports at its end.
  [[nodiscard]] RunnerStats stats(bool probe) override;

 private:
  void send_start(const RayOptions& ray);
  [[noreturn]] void throw_failed_start() const REQUIRES(mutex_);
  void send(std::span<const std::uint64_t> tags, const std::function<bool()>& is_stopping);
  void wait_until_ended();
  void settle(std::span<TaggedOutcome> outcomes);

  // The thread that reads.
  void run();
  void read_all();
  void take(BridgeMessage message);
  void pass_on_outcomes();
  [[nodiscard]] std::vector<TaggedOutcome> end(const std::string& violation, const process::ExitStatus& status);
  [[nodiscard]] bool is_left_alone() const;
  [[nodiscard]] Error reason_of_end(const std::string& violation, const process::ExitStatus& status) const
      REQUIRES(mutex_);

  const PoolOptions pool_;
  const std::string python_;
  Console& console_;
  std::shared_ptr<BatchWindow> window_;   // set before there are calls
  CallFrames frames_;                     // of the thread that submits
  std::vector<TaggedOutcome> outcomes_;   // of the thread that reads: not passed on yet
  pipe::ResponseReader response_reader_;  // of the thread that reads
  bool has_warned_ = false;               // of the thread that reads: of a response to no call
  OutstandingCalls outstanding_;
  std::atomic<bool> withdrawn_ = false;
  std::atomic<bool> ending_ = false;  // end_at_once() was called

  mutable Mutex mutex_;
  CondVar changed_;
  OnLost on_lost_ GUARDED_BY(mutex_);
  bool is_finishing_ GUARDED_BY(mutex_) = false;    // the bridge may end
  std::optional<Error> failed_ GUARDED_BY(mutex_);  // why the bridge gives up
  std::optional<Error> ended_ GUARDED_BY(mutex_);   // the bridge is gone: the error of calls without a response
  std::optional<BridgeStats> last_stats_ GUARDED_BY(mutex_);
  PoolStats counts_ GUARDED_BY(mutex_);  // what is known without `last_stats_`
  std::optional<BridgeReady> ready_;     // constant after connect(); before under mutex_

  BridgeProcess process_;
  std::thread thread_;
};

}  // namespace provider_host::cli
