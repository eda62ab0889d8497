#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace provider_host::process {

/// How a process ended: one of the first two is set, or none when somebody else reaped it.
struct ExitStatus {
  std::optional<int> signal{};
  std::optional<int> exit_code{};
  /// The most resident memory that it or, while it was being started, this process had; getrusage(2). 0: not known.
  std::uint64_t peak_rss = 0;
  /// It had used all the processor time that it was allowed (RLIMIT_CPU), in seconds; 0: it had not.
  std::uint64_t cpu_limit = 0;
  /// Nobody knows how it ended, as this process ignores SIGCHLD (SIG_IGN or SA_NOCLDWAIT).
  bool unknown = false;
  /// Nobody knows how it ended, as the template that had forked it, or was to fork it, had ended before.
  bool orphaned = false;
  /// There was no process: why it could not be forked.
  std::string not_forked{};
};

/// `was killed by SIGSEGV (Segmentation fault)`, `exited with code 3`.
std::string describe(const ExitStatus& status);

}  // namespace provider_host::process
