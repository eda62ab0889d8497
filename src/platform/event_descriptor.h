#pragma once

#include "base/fd.h"

namespace provider_host::platform {

/// An eventfd (Linux), non-blocking and close-on-exec. Empty, with errno, where there is none; WakeUp then uses a pipe.
Fd open_event_descriptor();

}  // namespace provider_host::platform
