#pragma once

#include <cstddef>
#include <string>

#include "base/mutex.h"
#include "provider_host/options.h"
#include "server/monitoring/recent.h"

namespace provider_host::server {

/// The last messages of the pool itself, such as restarts with their cause. Thread-safe: log lines come on a thread of
/// the pool's.
class PoolLog {
 public:
  static constexpr std::size_t kCapacity = 100;
  static constexpr std::size_t kMaxText = std::size_t{8} << 10;  ///< Bytes of each message that are kept.

  /// Ignores what scripts print (any source but `pool`). `time` in Unix seconds.
  void add(const LogLine& line, double time) EXCLUDES(mutex_);

  /// `log` of the snapshot: a JSON array, newest first.
  [[nodiscard]] std::string json() const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  Recent recent_ GUARDED_BY(mutex_){kCapacity};
};

}  // namespace provider_host::server
