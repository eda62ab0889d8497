#pragma once

#include <optional>

#include "promptfoo/invocation.h"

namespace provider_host::promptfoo {

/// Serves promptfoo's worker protocol on stdin and stdout until that ends; returns the exit code. Nothing: nothing was
/// read or written, and the real interpreter may take over.
std::optional<int> run_worker(const WorkerInvocation& invocation);

}  // namespace provider_host::promptfoo
