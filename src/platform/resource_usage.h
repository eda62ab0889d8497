#pragma once

#include <sys/resource.h>

#include <cstdint>

namespace provider_host::platform {

/// The most resident memory, in bytes: getrusage(2) counts in KiB, on macOS in bytes.
inline std::uint64_t peak_rss(const rusage& usage) {
  const auto reported = static_cast<std::uint64_t>(usage.ru_maxrss);
#ifdef __APPLE__
  return reported;
#else
  return reported << 10U;
#endif
}

}  // namespace provider_host::platform
