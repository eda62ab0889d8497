#pragma once

#include <cstdint>

namespace provider_host::chaos {

/// Pseudo-random numbers (splitmix64), the same on every machine for the same seed. Not thread-safe.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  /// A sequence of its own for each stream of one seed.
  Random(std::uint64_t seed, std::uint64_t stream) : state_(Random(stream).next()) {
    state_ = next() ^ Random(seed).next();
  }

  std::uint64_t next() {
    std::uint64_t bits = state_ += kStep;
    bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9U;
    bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBU;
    return bits ^ (bits >> 31U);
  }
  /// 0 to `sides` − 1; 0 when there are none.
  std::uint64_t below(std::uint64_t sides) { return sides == 0 ? 0 : next() % sides; }
  /// 0 to 1, 1 excluded.
  double fraction() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15U;
  std::uint64_t state_;
};

}  // namespace provider_host::chaos
