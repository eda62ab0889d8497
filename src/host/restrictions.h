#pragma once

#include "host/channels.h"
#include "host/start_message.h"

namespace provider_host::host {

/// Closes every descriptor above 2 that this process has inherited, but for its channels: a program
/// that uses the library may have some open without close-on-exec. Says on stderr when some may be open still. Before
/// anything else opens descriptors.
void close_other_descriptors(const Channels& channels);

/// Gives up the controlling terminal, so that the script and its children cannot stop the host (SIGTTIN, SIGTTOU) by
/// using /dev/tty. The process stays in its session and group: it leads neither and cannot acquire another terminal.
void detach_from_terminal();

/// Applies the limits and rights of the start message. Before Python starts. When the system refuses one, writes that
/// to stderr and ends the process: a host must not run without its restrictions.
void apply_restrictions(const StartMessage& start);

}  // namespace provider_host::host
