#pragma once

#include <atomic>
#include <string>

#include "cli/batch/runner/call_runner.h"
#include "cli/batch/stats/token_usage.h"
#include "cli/io/console.h"
#include "cli/io/file_descriptor.h"
#include "cli/options.h"

namespace provider_host::cli {

/// What --stats and --stats-json do: at the end of a run, reports the statistics of its runner and the usage that
/// results contain. Only the first write of all threads has an effect.
class StatsReport {
 public:
  /// Makes sure that the file of --stats-json can be written, without changing its content. Throws UsageError.
  /// `options` and `console` outlive the report.
  StatsReport(const BatchOptions& options, Console& console);

  /// Empties the file, so that it never holds the numbers of an earlier run.
  void begin();

  /// Probes the hosts, for seconds at most, and reports. Does nothing when no statistics were requested.
  /// Throws OutputFailed when the file cannot be written.
  void write(CallRunner& runner, const ResultUsage& usage);

  /// The same without probing the hosts and without errors, for a run that ends at once. Must be called before the
  /// runner ends.
  void write_at_once(CallRunner& runner, const ResultUsage& usage) noexcept;

 private:
  [[nodiscard]] bool is_due();
  void write(const RunnerStats& stats, const ResultUsage& usage);

  const bool table_;
  const std::string& path_;  // of --stats-json; empty: none
  Console& console_;
  FileDescriptor file_;
  std::atomic<bool> done_ = false;
};

}  // namespace provider_host::cli
