#pragma once

#include "host/start_message.h"

namespace provider_host::host {

/// Starts CPython as `python script` would have it: environment variables, virtual environment, sys.argv, signal
/// handlers. The calling thread becomes Python's main thread and holds the GIL. Once per process; it is never
/// finalised. Throws std::runtime_error.
void start_interpreter(const StartMessage& start);

}  // namespace provider_host::host
