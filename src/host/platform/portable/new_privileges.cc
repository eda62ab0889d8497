#include "host/platform/new_privileges.h"

#include <cerrno>

namespace provider_host::host {

int forbid_new_privileges() {
  errno = ENOTSUP;
  return -1;
}

}  // namespace provider_host::host
