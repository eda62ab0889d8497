#pragma once

#include <random>

#include "base/random_seed.h"

namespace provider_host::internal {

/// A factor from 0.5 to 1 for pauses, so that many pools (or many calls) that failed together do not come back
/// together.
class Jitter {
 public:
  explicit Jitter(std::uint_fast32_t seed = random_seed()) : random_(seed) {}
  double operator()() { return std::uniform_real_distribution<double>(0.5, 1.0)(random_); }

 private:
  std::minstd_rand random_;
};

}  // namespace provider_host::internal
