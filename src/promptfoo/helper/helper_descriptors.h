#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace provider_host::promptfoo {

/// The descriptor that a helper closes once it listens.
inline constexpr int kReadyDescriptor = 3;

/// Closes every descriptor from that number on. System calls only.
inline void close_descriptors_from(int first) {
#ifdef SYS_close_range
  if (::syscall(SYS_close_range, first, ~0U, 0) == 0) return;
#endif
  constexpr long kMost = 65536;
  const long limit = std::min(::sysconf(_SC_OPEN_MAX), kMost);
  for (int fd = first; fd < limit; ++fd) ::close(fd);
}

}  // namespace provider_host::promptfoo
