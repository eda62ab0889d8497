#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "cli/batch/stats/token_usage.h"
#include "provider_host/error.h"

namespace provider_host::cli {

/// The outcomes of the calls of a run.
struct CallCounts {
  std::uint64_t ok = 0;               ///< Calls with a result, provider errors included.
  std::uint64_t provider_errors = 0;  ///< Of these: the provider returned `error`.
  std::map<ErrorKind, std::uint64_t> failed;
  std::uint64_t end_offset = 0;  ///< Bytes of the input up to the end of the last call that is done.
  ResultUsage usage;             ///< Of the results.

  [[nodiscard]] std::uint64_t failures() const;
  [[nodiscard]] std::uint64_t done() const { return ok + failures(); }
};

/// Whether a result has keys, or strings, with the names of fields that are counted. Most have none, and looking for
/// them is much faster than parsing. Pure.
struct CountedFields {
  bool error = false;
  bool usage = false;  ///< Of ResultUsage.
};
CountedFields counted_fields(std::string_view result);

/// Counts; any thread may use it.
class CallCounters {
 public:
  /// `result` is valid JSON.
  void add_ok(std::string_view result, std::uint64_t end_offset);
  /// Returns whether it is the first failure of that kind.
  bool add_failure(ErrorKind kind, std::uint64_t end_offset);
  [[nodiscard]] CallCounts snapshot() const;

 private:
  mutable Mutex mutex_;
  CallCounts counts_ GUARDED_BY(mutex_);
};

/// `1,234,567`
std::string with_separators(std::uint64_t number);

/// `1 call`, `1,234 calls`
std::string counted(std::uint64_t count, const std::string& what);

/// One line for the end of a run: `12 calls in 1.2 s (10/s): 10 ok, 2 failed (2 timeout), 1 provider error, 1 restart`.
std::string summary(const CallCounts& counts, double seconds, std::uint64_t restarts);

}  // namespace provider_host::cli
