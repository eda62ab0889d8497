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
/// Calls that have no response when the bridge ends, or breaks the protocol, settle with an error that says so.
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
  void begin(std::shared_ptr<BatchWindow> window) override { window_ = std::move(window); }
  void submit(std::vector<TaggedCall> calls, const std::function<bool()>& is_stopping) override;
  void withdraw_waiting() override;
  void end_at_once() override;
  [[nodiscard]] bool has_ended() const override;
  void finish() override;
  [[nodiscard]] std::uint64_t restarts() const override;
  /// `probe` means nothing: the bridge reports at its end.
  [[nodiscard]] RunnerStats stats(bool probe) override;

 private:
  void send_start(const RayOptions& ray);
  [[noreturn]] void throw_failed_start() const REQUIRES(mutex_);
  [[nodiscard]] std::optional<Error> append_frame(const TaggedCall& call);
  void send(std::span<const std::uint64_t> tags, const std::function<bool()>& is_stopping);
  void settle(std::span<TaggedOutcome> outcomes);

  // The thread that reads.
  void run();
  void read_all();
  void take(BridgeMessage message);
  void pass_on_outcomes();
  void wait_for_interrupt() const;
  [[nodiscard]] Error reason_of_end(const std::string& violation, const process::ExitStatus& status) const;

  const PoolOptions pool_;
  const std::string python_;
  Console& console_;
  std::shared_ptr<BatchWindow> window_;   // set before there are calls
  std::string frames_;                    // of the thread that submits: kept for its memory
  std::vector<std::size_t> boundaries_;   // of the thread that submits: where frames of frames_ begin, and its end
  std::vector<TaggedOutcome> outcomes_;   // of the thread that reads: not passed on yet
  pipe::ResponseReader response_reader_;  // of the thread that reads
  OutstandingCalls outstanding_;
  std::atomic<bool> withdrawn_ = false;
  std::atomic<bool> ending_ = false;  // end_at_once() was called

  mutable Mutex mutex_;
  CondVar changed_;
  std::optional<Error> failed_ GUARDED_BY(mutex_);  // why the bridge gives up, mostly instead of `ready`
  std::optional<Error> ended_ GUARDED_BY(mutex_);   // the bridge is gone: the error of calls without a response
  std::optional<nlohmann::ordered_json> last_stats_ GUARDED_BY(mutex_);
  PoolStats counts_ GUARDED_BY(mutex_);  // what is known without `last_stats_`
  std::optional<BridgeReady> ready_;     // constant after connect(); before under mutex_

  BridgeProcess process_;
  std::thread thread_;
};

}  // namespace provider_host::cli
