#pragma once

#include "cli/commands/session.h"
#include "provider_host/pool.h"

namespace provider_host::cli {

/// Runs a call of `call --stream`: writes its items to stdout, and what went wrong to the console. Ctrl-C closes the
/// stream, a second one ends the process at once. Returns the exit code. Throws OutputClosed, also while no item comes,
/// and OutputFailed; the stream is closed then.
int stream_items(Pool& pool, Call call, Session session);

}  // namespace provider_host::cli
