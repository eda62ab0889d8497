#pragma once

#include "cli/options.h"
#include "cli/session.h"

namespace provider_host::cli {

/// `provider-host check`; returns the exit code. Throws what the application turns into one.
int run_check(const CheckOptions& options, Session session);

}  // namespace provider_host::cli
