#pragma once

#include "host/health/health_probe.h"
#include "host/python/bootstrap_modules.h"

namespace provider_host::host {

/// Ends this process as `python` ends: waits for threads, runs atexit functions, closes the event loop, finalises the
/// interpreter, so that objects at module level are destroyed and open files flushed, and leaves the rest to exit(3).
/// As under `python` a thread that never ends blocks all that; the pool sets a limit. Main thread, with
/// the GIL; no reference to anything of the script may be left but in `modules`.
[[noreturn]] void exit_gracefully(BootstrapModules& modules, HealthProbe& health);

}  // namespace provider_host::host
