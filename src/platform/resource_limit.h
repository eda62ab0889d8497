#pragma once

#include <sys/resource.h>

namespace provider_host::platform {

/// getrlimit() and setrlimit() of a RLIMIT_*, which work without prlimit(2), too. Results and errno are those of the
/// functions.
int get_limit(int resource, rlimit& limit);
int set_limit(int resource, const rlimit& limit);

}  // namespace provider_host::platform
