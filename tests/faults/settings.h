#pragma once

#include <provider_host/options.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "faults/fault.h"

namespace provider_host::chaos {

/// What a run does. A plain value.
struct Settings {
  std::uint64_t calls = 20'000;  ///< In all threads together.
  double seconds = 0;            ///< Above 0: so long instead, however many calls that are.
  std::uint64_t seed = 0;
  int workers = 4;
  int min_workers = -1;  ///< Below `workers`: elastic pools. -1: as many.
  int concurrency = 1;
  int threads = 8;
  std::uint64_t recycle = 2'000;  ///< `max_calls_per_host`.
  int spares = 0;
  bool preload = false;
  double fault_rate = 0.01;
  std::vector<const Fault*> faults;  ///< In the table's order.
  std::string command;               ///< What makes the same run again.

  [[nodiscard]] bool has(const std::string& fault) const;
  /// Whether a fault that this is true for is among them.
  [[nodiscard]] bool any(bool Fault::*property) const;
  [[nodiscard]] bool any(FaultSource source) const;
};

/// Settings from the arguments; a seed is drawn when none was given. Empty when the program has done all it should
/// (`--help`, `--list`, wrong usage): it exits with `exit_code`.
std::optional<Settings> parse_arguments(int argc, const char* const* argv, int& exit_code);

/// The pool under attack: chaos_provider.py in real hosts.
PoolOptions script_pool(const Settings& settings);
/// The other one: hosts without Python that break the protocol.
PoolOptions hostile_pool(const Settings& settings);

}  // namespace provider_host::chaos
