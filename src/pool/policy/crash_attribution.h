#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "process/child.h"
#include "wire/crash_record.h"

namespace provider_host::internal {

/// The program that a host has become, or was about to.
struct Executed {
  std::string program;
  std::vector<std::string> arguments;    ///< With argv[0].
  std::vector<std::string> environment;  ///< NAME=VALUE, what was set since the host began.
};

/// What the crash record of a dead host says; a plain copy.
struct CrashSnapshot {
  bool in_use = false;
  std::uint64_t calls_read = 0;
  std::uint64_t culprit = 0;
  std::uint32_t cause = 0;
  std::uint32_t signal = 0;
  bool stack_overflow = false;
  std::uint64_t peak_rss_at_start = 0;  ///< Bytes; what the process inherited from the one that started it.
  bool childless = false;
  std::optional<Executed> executed{};

  /// Whether the host's own code ended it this way, by _exit() or kill().
  [[nodiscard]] bool is_self_inflicted(const process::ExitStatus& status) const;

  static CrashSnapshot of(const wire::CrashRecord& record);
};

/// A call that a host had when it died.
struct CallAtDeath {
  std::uint64_t id = 0;
  std::uint64_t sequence = 0;  ///< Its number among all calls sent to that host, from 1.
  bool abandoned = false;      ///< Nobody waits for it, but its code may still have run.
};

/// Which call has crashed a host.
struct CrashAttribution {
  std::optional<std::uint64_t> culprit;    ///< The call whose code crashed it, when that is known.
  std::vector<std::uint64_t> undelivered;  ///< Calls whose code cannot have run, as the host never took them.
};

/// Pure. The crash record counts when it matches the exit status. Without one, the only call in flight is the culprit.
/// A host that keeps no crash record has read everything.
CrashAttribution attribute_crash(const CrashSnapshot& snapshot, const process::ExitStatus& status,
                                 std::span<const CallAtDeath> calls);

}  // namespace provider_host::internal
