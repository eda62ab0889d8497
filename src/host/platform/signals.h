#pragma once

namespace provider_host::host {

/// The signal that makes a host dump its Python stacks: SIGRTMAX-3, where there are no such signals SIGIO.
int dump_signal();

/// The signal that makes the main thread check for cancelled calls: SIGRTMAX-4, where there are no such signals SIGURG.
/// The call loops have a Python handler for it, so that it interrupts blocking system calls too. Not SIGINT, which is
/// the script's own.
int cancel_signal();

}  // namespace provider_host::host
