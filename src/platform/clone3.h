#pragma once

#include <string>

namespace provider_host::platform {

/// What to do when no thread or process can be started with `error`, the errno of that, because clone3(2) is refused
/// (EPERM) by a seccomp profile that is older than the call; to stand behind a message. Empty for any other reason.
/// glibc 2.34 and later use clone(2) instead only where clone3 is ENOSYS.
std::string clone3_hint(int error);

}  // namespace provider_host::platform
