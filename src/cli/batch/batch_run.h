#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "cli/batch/batch_block.h"
#include "cli/batch/batch_line.h"
#include "cli/batch/batch_window.h"
#include "cli/batch/input/batch_input.h"
#include "cli/batch/output/batch_output.h"
#include "cli/batch/output/resume_check.h"
#include "cli/batch/runner/call_runner.h"
#include "cli/batch/stats/counters.h"
#include "cli/batch/stats/progress.h"
#include "cli/batch/stats/stats_report.h"
#include "cli/batch/stop_latch.h"
#include "cli/commands/session.h"
#include "cli/options.h"

namespace provider_host::cli {

/// One run of a batch:
///
///   this thread:  input ─▶ parser ─▶ block ─▶ window ─▶ runner
///   its thread:                      window ◀─ outcome
///   writer:       output ◀─ output record ◀─ window
///   signals:      first: read no more, cancel what is queued; second: end the process
///
/// Calls that were cancelled that way are not written, so that --resume makes them. A runner that is lost ends the
/// reading, too.
class BatchRun {
 public:
  /// What it uses; all of it outlives the run.
  struct Parts {
    const BatchOptions& options;
    Session session;
    BatchInput& input;
    BatchOutput& output;
    CallRunner& runner;
    StopLatch& stop;
    StatsReport& stats;
    ResumeCheck* check;  ///< Checks each line whose result is already written; null: already checked.
  };

  BatchRun(Parts parts, const ScriptSpec& spec, CallArguments arguments);

  /// Runs to the end and returns the exit code. Once.
  int run();

 private:
  void read_all();
  [[nodiscard]] bool has_space();
  void accept(const InputItem& line);
  void submit_block();
  void write_all_settled();
  void write(std::span<SettledItem* const> settled);
  void append(std::string& text, const SettledItem& settled);
  void on_signal(int count);
  void on_lost(const RunnerLoss& loss);
  void abort_run(StopReason reason);
  void warn_unknown_field(const std::string& name);
  void warn_unused_affinity();
  void note_that_nothing_is_due();
  void warn_split_conversations();
  [[nodiscard]] ProgressSnapshot snapshot() const;
  [[nodiscard]] double seconds() const;
  int finish();
  [[nodiscard]] int finish_early(StopReason reason);

  Parts parts_;
  BatchLineParser parser_;
  const std::shared_ptr<BatchWindow> window_;
  BatchBlock block_;       // of the reading thread: not in the window yet
  std::size_t space_ = 0;  // of the reading thread: calls that the window has space for, those of the block included
  std::exception_ptr submit_failure_;  // of the reading thread
  std::string text_;                   // of the writer: lines that are written next; kept for its memory
  CallCounters counters_;
  std::optional<RunnerLoss> loss_;  // set before the latch says kRunnerLost
  const std::optional<std::uint64_t> total_;
  const std::chrono::steady_clock::time_point started_;
  std::set<std::string> unknown_fields_;  // of the reading thread
  std::uint64_t end_index_ = 0;           // of the reading thread: behind the last item read
  std::uint64_t calls_with_key_ = 0;      // of the reading thread: with an affinity key
  std::uint64_t calls_without_key_ = 0;   // of the reading thread
  bool input_ended_ = false;              // of the reading thread
};

}  // namespace provider_host::cli
