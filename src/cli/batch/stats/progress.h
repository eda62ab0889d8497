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
struct ProgressFacts {
  CallCounts counts;
  std::uint64_t held = 0;              ///< Calls that an earlier run has done (--resume).
  std::optional<std::uint64_t> total;  ///< Calls in the input, held ones included, when they were counted.
  std::uint64_t input_size = 0;        ///< Bytes of the input; 0 when unknown.
  double seconds = 0;                  ///< Since the run began.
};

/// `  47 %  470/1,000  312/s  3 failed  0:02 left`, as far as it is known.
std::string progress_text(const ProgressFacts& facts);

/// The same behind a bar, at most `width` columns.
std::string progress_bar(const ProgressFacts& facts, std::size_t width);

/// Shows progress from a thread of its own, until it is destroyed: a bar on a terminal, a line every 10 s elsewhere.
class Progress {
 public:
  /// `facts` is called on the other thread. With `allow_bar` false there are lines on a terminal too.
  Progress(Console& console, bool allow_bar, std::function<ProgressFacts()> facts);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void run();

  Console& console_;
  const bool bar_;
  const std::function<ProgressFacts()> facts_;
  Mutex mutex_;
  CondVar changed_;
  bool done_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace provider_host::cli
