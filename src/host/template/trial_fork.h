#pragma once

#include <string>

#include "host/python/bootstrap_modules.h"

namespace provider_host::host {

/// Forks once, as for a host, and lets the child see whether Python works there. Returns what is wrong, a sentence;
/// empty when nothing is. Takes some milliseconds, and some seconds when the child hangs. The child is reaped. Main
/// thread, with the GIL, which it releases while it waits.
std::string try_fork(BootstrapModules& modules);

}  // namespace provider_host::host
