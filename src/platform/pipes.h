#pragma once

#include "base/fd.h"

namespace provider_host::platform {

/// Two ends of one pipe or socketpair. Both are close-on-exec and above 2, whatever the program has closed.
struct Ends {
  Fd ours;
  Fd theirs;
};

/// A non-blocking (on our side) stream socketpair. Throws std::system_error.
Ends make_socketpair();

/// A pipe; ours is the end to read from. Both ends block. Throws std::system_error.
Ends make_pipe();

/// A pipe that a child writes into; our end is non-blocking. Throws std::system_error.
Ends make_output_pipe();

/// Throws std::system_error.
void make_non_blocking(const Fd& fd);

}  // namespace provider_host::platform
