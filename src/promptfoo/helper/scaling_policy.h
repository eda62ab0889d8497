#pragma once

#include <optional>

namespace provider_host::promptfoo {

/// The hosts and calls of one script. Times are seconds.
struct ScriptLoad {
  int hosts = 0;                      ///< Idle, about to be, at work, and starting.
  int waiting = 0;                    ///< Calls without a host.
  int running = 0;                    ///< Calls in a host.
  double call_time = 0;               ///< What a call takes. 0: nobody knows yet.
  double overrun = 0;                 ///< By how much the longest call exceeds that already.
  std::optional<double> import_time;  ///< What the last start took; empty before the first has succeeded.
};

/// All scripts together.
struct MachineLoad {
  int hosts = 0;
  int starting = 0;
  int processors = 1;
};

/// All hosts of a helper.
inline constexpr int kMaxHosts = 64;
/// However fast the import is: a shorter wait does not pay for a process.
inline constexpr double kMinWait = 0.02;

/// Whether one more host is to be started for the script now. The first call starts one. Another one starts when the
/// last call in line would wait for longer than half an import; a single call that takes longer than others says
/// nothing of those that wait. Never more hosts than calls, nor more starts at a time than processors. Pure.
bool should_start_host(const ScriptLoad& script, const MachineLoad& machine);

}  // namespace provider_host::promptfoo
