#pragma once

#include <optional>

#include "promptfoo/invocation.h"

namespace provider_host::promptfoo {

/// promptfoo's worker: says READY at once, then answers the calls that come on stdin, by a pool with one host for the
/// script. Until SHUTDOWN, the end of stdin, SIGTERM or SIGHUP, or until nobody reads stdout; then it ends within
/// seconds, whatever the script does. SIGINT is left to promptfoo, which finishes what runs. Returns the exit code.
/// Nothing: there is no host for the interpreter, and the real one may take over; nothing was read or written but a
/// warning.
std::optional<int> run_worker(const WorkerInvocation& invocation);

}  // namespace provider_host::promptfoo
