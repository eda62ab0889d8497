#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/batch/batch_window.h"
#include "cli/batch/runner/runner_loss.h"
#include "provider_host/call.h"
#include "provider_host/outcome_sink.h"
#include "provider_host/stats.h"

namespace provider_host::cli {

/// How many calls it can use at a time; bounds the window.
struct RunnerCapacity {
  std::size_t running = 1;     ///< Calls that can run at a time.
  std::size_t fast_calls = 0;  ///< BatchWindow::Limits::fast_calls
  std::size_t bytes = 0;       ///< BatchWindow::Limits::bytes
};

/// What --stats and --stats-json show.
struct RunnerStats {
  PoolStats numbers;
  nlohmann::ordered_json json;  ///< All that is known; more than `numbers` where hosts are on several machines.
};

/// Where the calls of one batch run: a pool, or a cluster. It is ready for calls once it is constructed. One thread
/// submits; the other functions may be called from any thread.
class CallRunner {
 public:
  CallRunner() = default;
  virtual ~CallRunner() = default;
  CallRunner(const CallRunner&) = delete;
  CallRunner& operator=(const CallRunner&) = delete;

  /// The API of calls that name neither an API nor a function.
  [[nodiscard]] virtual Api default_api() const = 0;
  [[nodiscard]] virtual RunnerCapacity capacity() const = 0;

  using OnLost = std::function<void(const RunnerLoss& loss)>;

  /// Outcomes go to `window`, by their tags, each exactly once. `on_lost` is called at most once, on any thread and
  /// before anything settles for that reason; it must not call this. Calls that are submitted later settle as
  /// cancelled. Before the first call.
  virtual void begin(std::shared_ptr<BatchWindow> window, OnLost on_lost) = 0;

  /// Calls that were added to the window. May wait until they can be taken; once `is_stopping` says true those that
  /// would still have to wait settle as cancelled.
  virtual void submit(std::vector<TaggedCall> calls, const std::function<bool()>& is_stopping) = 0;

  /// Calls that no host has settle as cancelled, those that run go on. Returns at once, or some seconds later.
  virtual void withdraw_waiting() = 0;

  /// Ends everything; what has not settled does so as `cancelled` or `shutting_down`.
  virtual void end_at_once() = 0;

  /// All calls have settled and no more will come. Waits for what is known only at the end.
  virtual void finish() = 0;

  /// Hosts that were replaced.
  [[nodiscard]] virtual std::uint64_t restarts() const = 0;

  /// `probe`: asks hosts how they are, which may take seconds. Otherwise what is known now.
  [[nodiscard]] virtual RunnerStats stats(bool probe) = 0;
};

}  // namespace provider_host::cli
