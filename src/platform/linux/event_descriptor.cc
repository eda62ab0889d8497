#include "platform/event_descriptor.h"

#include <sys/eventfd.h>

namespace provider_host::platform {

Fd open_event_descriptor() { return Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

}  // namespace provider_host::platform
