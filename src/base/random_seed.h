#pragma once

#include <sys/random.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>

namespace provider_host {

/// A seed that another process, or another time, does not have; not for secrets. Unlike std::random_device, which may
/// open a file, it never fails.
inline std::uint32_t random_seed() {
  std::uint32_t seed = 0;
  if (::getentropy(&seed, sizeof seed) == 0) return seed;
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  return static_cast<std::uint32_t>(now) ^ (static_cast<std::uint32_t>(::getpid()) << 16U);
}

}  // namespace provider_host
