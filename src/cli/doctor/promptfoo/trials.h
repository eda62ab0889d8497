#pragma once

#include "cli/doctor/promptfoo/drop_in.h"

namespace provider_host::cli {

struct WorkerTrial {
  double ready_ms = 0;  ///< From the start of the process to its READY.
  double call_ms = 0;   ///< From the call to its result; the import of the script is in it.
};

/// One call through a worker, in promptfoo's protocol: READY, CALL, DONE, SHUTDOWN. Throws std::runtime_error with what
/// went wrong.
WorkerTrial try_worker(const DropIn& drop_in);

struct OneShotTrial {
  double first_ms = 0;
  double second_ms = 0;
  bool warm = false;  ///< Both ran in the same process: the helper's.
};

/// A function of a script run twice, as promptfoo does it for an assertion. Throws std::runtime_error.
OneShotTrial try_one_shots(const DropIn& drop_in);

}  // namespace provider_host::cli
