#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace provider_host {

/// Durations in milliseconds; the percentiles are within 3 %. All zero while `count` is.
struct LatencyStats {
  std::uint64_t count = 0;
  double mean = 0;
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double p999 = 0;
  double max = 0;
};

/// How well a host is, at three levels: a process may live while nothing can run in it, and code may run in it while
/// its event loop stands still. From the last probe (`PoolOptions::health_interval`, `Pool::check_health`).
struct HostHealth {
  /// `alive`, `stopped` (SIGSTOP, a debugger), `silent` (its control thread is late by 0.5 s), `starting` or `down`.
  std::string process = "down";
  /// Milliseconds that the probe waited for the GIL; empty when it has not been probed.
  std::optional<double> gil_ms;
  bool gil_taken = false;  ///< The probe got it. False beside a `gil_ms`: it waits for it since then.
  /// Milliseconds until the event loop ran a callback; empty when the host has no loop or was not probed.
  std::optional<double> loop_ms;
  bool loop_turned = false;  ///< The callback ran. False beside a `loop_ms`: it waits for it since then.
};

/// One host as `Pool::stats()` saw it.
struct HostStats {
  int number = 0;              ///< From 1; a replacement keeps the number.
  int pid = 0;                 ///< 0 while no process runs.
  std::string state;           ///< `starting`, `ready`, `stopping` or `down`.
  int in_flight = 0;           ///< Calls it has now, those included that were given up and have not ended.
  std::uint64_t calls = 0;     ///< Calls that hosts with this number have completed, over all processes; abandoned and
                               ///< lost calls are not counted.
  std::uint64_t restarts = 0;  ///< Processes that replaced another one; a replacement counts when it takes over.
  std::uint64_t rss = 0;       ///< Resident memory of its process now, in bytes; 0 while there is none.
  HostHealth health;
};

/// A snapshot; a plain value.
struct PoolStats {
  std::vector<HostStats> hosts;  ///< By number; without those that are stopped for want of calls (WorkerRange).
  std::size_t spares = 0;        ///< Ready hosts that wait to take the place of another one (`PoolOptions::spares`).
  std::size_t queued = 0;
  std::uint64_t submitted = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::map<std::string, std::uint64_t> errors_by_kind;  ///< Names as in `to_string(ErrorKind)`; those that happened.
  std::uint64_t restarts = 0;
  /// `crash`, `unresponsive` (the code of a call that timed out or was cancelled did not end), `failed_start`,
  /// `protocol_error`, `call_limit` (`max_calls_per_host`), `memory_limit` (`max_rss`); those that happened.
  std::map<std::string, std::uint64_t> restarts_by_cause;
  /// Affinity keys (`Call::affinity`) that went on in another host, without their state, as theirs had ended.
  std::uint64_t affinity_moves = 0;
  LatencyStats latency;         ///< In a host, of the succeeded calls.
  LatencyStats queue_wait;      ///< From submission to when a host had it, of all calls that a host had.
  LatencyStats crash_to_ready;  ///< From when a crash was known to when the next host was ready.
};

/// The same as objects; keys as the members, without those that are empty.
nlohmann::ordered_json to_json(const HostHealth& health);
nlohmann::ordered_json to_json(const PoolStats& stats);

/// A table for people.
std::ostream& operator<<(std::ostream& out, const PoolStats& stats);

}  // namespace provider_host
