#pragma once

#include <functional>
#include <string>

#include "host/python/bootstrap_modules.h"

namespace provider_host::host {

/// Runs `body` with Python frames below it, as user code has callers under `python` and under promptfoo, and libraries
/// look at them. What `body` throws comes out of here. `script` is the path that the frames say they belong to. Main
/// thread; needs the GIL.
void run_above_python_frames(BootstrapModules& modules, const std::string& script, const std::function<void()>& body);

}  // namespace provider_host::host
