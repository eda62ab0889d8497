#pragma once

#include "cli/options.h"
#include "cli/session.h"

namespace provider_host::cli {

/// `provider-host call`; returns the exit code. Throws what the application turns into one.
int run_call(const CallOptions& options, Session session);

}  // namespace provider_host::cli
