#pragma once

#include <algorithm>

#include "host/channels.h"

namespace provider_host::host {

/// Calls close(first, last) for all descriptors from `first` to `last` but for those numbers, in parts. Returns whether
/// each call has returned true. Safe in signal handlers when `close` is.
template <typename Close>
bool close_around(Channels::Numbers numbers, unsigned first, unsigned last, Close close) {
  std::ranges::sort(numbers);
  bool are_closed = true;
  for (const int fd : numbers) {
    const auto number = static_cast<unsigned>(fd);
    if (fd < 0 || number < first || number > last) continue;
    if (number > first) are_closed = close(first, number - 1) && are_closed;
    first = number + 1;
  }
  return (first > last || close(first, last)) && are_closed;
}

}  // namespace provider_host::host
