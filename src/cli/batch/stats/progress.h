#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "cli/batch/stats/counters.h"
#include "cli/io/console.h"

namespace provider_host::cli {

/// How far a run is, for people.
struct ProgressSnapshot {
  CallCounts counts;
  std::uint64_t already_done = 0;      ///< Calls that an earlier run has done (--resume).
  std::optional<std::uint64_t> total;  ///< Calls in the input, those included, when they were counted.
  std::uint64_t input_size = 0;        ///< Bytes of the input; 0 when unknown.
  double seconds = 0;                  ///< Since the run began.
};

/// `  47 %  470/1,000  312/s  3 failed  0:02 left`, as far as it is known.
std::string progress_text(const ProgressSnapshot& snapshot);

/// The same behind a bar, at most `width` columns.
std::string progress_bar(const ProgressSnapshot& snapshot, std::size_t width);

/// Shows progress from a thread of its own, until it is destroyed: a bar on a terminal, a line every 10 s elsewhere.
class Progress {
 public:
  /// `snapshot` is called on the other thread. With `allow_bar` false there are lines on a terminal too.
  Progress(Console& console, bool allow_bar, std::function<ProgressSnapshot()> snapshot);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void run();

  Console& console_;
  const bool bar_;
  const std::function<ProgressSnapshot()> snapshot_;
  Mutex mutex_;
  CondVar changed_;
  bool done_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace provider_host::cli
