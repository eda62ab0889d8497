#pragma once

#include "promptfoo/helper/connection.h"
#include "promptfoo/helper/warm_hosts.h"

namespace provider_host::promptfoo {

/// Serves one client in the helper: receives its request, runs the function, sends what came of it. A client that goes
/// away ends its call. The function runs only after `begun` was sent. Throws nothing.
void serve_client(Connection& client, WarmHosts& hosts) noexcept;

}  // namespace provider_host::promptfoo
