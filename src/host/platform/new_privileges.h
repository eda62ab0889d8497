#pragma once

namespace provider_host::host {

/// From now on no program that this process or its children execute gets more rights than they have (setuid and the
/// like). 0, or -1 with errno: ENOTSUP where the system cannot do that.
int forbid_new_privileges();

}  // namespace provider_host::host
