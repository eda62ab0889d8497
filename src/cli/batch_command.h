#pragma once

#include "cli/options.h"
#include "cli/session.h"

namespace provider_host::cli {

/// `provider-host batch`; returns the exit code. Throws what the application turns into one.
int run_batch(const BatchOptions& options, Session session);

}  // namespace provider_host::cli
