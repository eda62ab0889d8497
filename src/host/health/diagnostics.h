#pragma once

namespace provider_host::host {

/// Makes the dump signal write the end-of-dump line to `fd`, which must stay open. The cancel signal does nothing until
/// Python has a handler. Call it before the control thread starts, as the signals would end the process.
void install_dump_marker(int fd);

/// Once Python's faulthandler handles the dump signal: the line comes after its dump, and a fault in there ends the
/// dump alone.
void put_dump_around_faulthandler();

/// For the fault handler: does not return when the fault happened inside a dump.
void abandon_broken_dump();

}  // namespace provider_host::host
