#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace provider_host {

/// One host as `Pool::stats()` saw it.
struct HostStats {
  int number = 0;              ///< From 1; a replacement keeps the number.
  int pid = 0;                 ///< 0 while no process runs.
  std::string state;           ///< `starting`, `ready`, `stopping` or `down`.
  int in_flight = 0;           ///< Calls it has now.
  std::uint64_t calls = 0;     ///< Calls settled by this number, all its processes.
  std::uint64_t restarts = 0;  ///< Processes started after the first.
};

/// A snapshot; a plain value.
struct PoolStats {
  std::vector<HostStats> hosts;
  std::size_t queued = 0;
  std::uint64_t submitted = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t restarts = 0;
  /// `crash`, `unresponsive` (the code of a call that timed out or was cancelled did not end), `failed_start`,
  /// `protocol_error`, `call_limit` (`max_calls_per_host`), `memory_limit` (`max_rss`); those that happened.
  std::map<std::string, std::uint64_t> restarts_by_cause;
  double latency_mean_ms = 0;  ///< In a host, over the succeeded calls.
  double latency_max_ms = 0;
};

/// One line for the pool, one for each host.
std::ostream& operator<<(std::ostream& out, const PoolStats& stats);

}  // namespace provider_host
