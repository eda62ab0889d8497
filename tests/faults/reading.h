#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "faults/plan.h"

namespace provider_host::chaos {

/// How a stream is read. A plain value.
struct Reading {
  std::size_t items = SIZE_MAX;          ///< It is closed when so many have come.
  bool vanishes = false;                 ///< It is destroyed instead, and nobody asks for its outcome.
  bool is_interrupted = false;           ///< The reader says so when it is first asked.
  std::optional<double> closed_after{};  ///< Another thread closes it after so many seconds.
  double pause = 0;                      ///< Seconds at most, before every `pause_every`-th item.
  std::size_t pause_every = 1;
};

/// As the fault of the step says; without one it is read to its end.
Reading reading_for(const Step& step);

}  // namespace provider_host::chaos
