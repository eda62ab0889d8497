#pragma once

#include "pool/host/host.h"
#include "provider_host/error.h"

namespace provider_host::internal {

/// What it means that a host did not become ready, or was not made at all. The reactor thread.

/// The present exception has prevented the start of a host.
Error no_host_started();
/// The host was to be a fork, and its template had ended before it had forked it.
bool is_unmade(const Host& host);
/// It is a fork that was made, and has not become ready.
bool is_failed_fork(const Host& host);
/// Its import is not in question, so that a host of its own is worth a try when it ends before it is ready: it is a
/// fork, or a template that has found that it cannot fork. A script may leave that one unable to go on.
bool has_imported(const Host& host);

}  // namespace provider_host::internal
