#pragma once

#include <sys/stat.h>

#include <cstdint>

namespace provider_host {

/// When the file was changed last, in nanoseconds since 1970.
inline std::int64_t modification_time(const struct stat& status) {
#ifdef __APPLE__
  const timespec& time = status.st_mtimespec;
#else
  const timespec& time = status.st_mtim;
#endif
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace provider_host
