#pragma once

namespace provider_host::host {

/// The signal that makes a host dump its Python stacks.
int dump_signal();

/// The signal that makes the main thread check for cancelled calls. The call loops have a Python handler for it,
/// so that it interrupts blocking system calls too. Not SIGINT, which is the script's own.
int cancel_signal();

/// Makes the dump signal write the end-of-dump line to `fd`, which must stay open. The cancel signal does nothing until
/// Python has a handler. Call it before the control thread starts, as the signals would end the process.
void install_dump_marker(int fd);

/// Once Python's faulthandler handles the dump signal: the line comes after its dump, and a fault in there ends the
/// dump alone.
void put_dump_around_faulthandler();

/// For the fault handler: does not return when the fault happened inside a dump.
void abandon_broken_dump();

}  // namespace provider_host::host
