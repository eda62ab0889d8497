#pragma once

#include "host/channels.h"
#include "host/start_message.h"

namespace provider_host::host {

/// Closes every descriptor above 2 that this process has inherited, but for its channels: what a program that uses the
/// library has open without close-on-exec is none of the script's business. Before anything else opens descriptors.
void close_other_descriptors(const Channels& channels);

/// Gives up the terminal that this process has got from the pool's, so that nothing which the script or its children do
/// to /dev/tty stops the host (SIGTTIN, SIGTTOU): there is none. The process stays in the session and the group that it
/// is in: it can still become the leader of nothing, and take no other terminal by accident.
void detach_from_terminal();

/// Gives this process the limits and rights that the start message wants. Before Python starts. A limit that the system
/// refuses is told on stderr and ends the process: a host that should be confined must not run unconfined.
void apply_restrictions(const StartMessage& start);

}  // namespace provider_host::host
