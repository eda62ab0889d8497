#include "host/platform/new_privileges.h"

#include <sys/prctl.h>

namespace provider_host::host {

int forbid_new_privileges() { return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

}  // namespace provider_host::host
