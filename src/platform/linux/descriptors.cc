#include "platform/descriptors.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "platform/close_each.h"

namespace provider_host::platform {

bool close_descriptors(unsigned first, unsigned last) {
  return first > last || ::syscall(SYS_close_range, first, last, 0) == 0 || close_each(first, last);
}

}  // namespace provider_host::platform
