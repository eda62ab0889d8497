#include "platform/event_descriptor.h"

#include <cerrno>

namespace provider_host::platform {

Fd open_event_descriptor() {
  errno = ENOSYS;
  return {};
}

}  // namespace provider_host::platform
