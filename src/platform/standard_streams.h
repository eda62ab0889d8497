#pragma once

#include "base/fd.h"

namespace provider_host::platform {

/// Where the caller has closed a standard stream, the next file that is opened would get its number, and with it what
/// is written to stdout. So something takes the number that can be used in the wrong direction only. Once, before files
/// are opened.
void occupy_standard_streams() noexcept;

/// A descriptor, close-on-exec, whose reader is at the end at once: /dev/null, or an empty pipe where that is missing.
/// Throws std::system_error.
Fd open_empty();

}  // namespace provider_host::platform
