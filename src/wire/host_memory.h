#pragma once

#include <array>
#include <cstddef>

#include "wire/crash_record.h"
#include "wire/response_ring.h"

namespace provider_host::wire {

/// The memory that a host and its pool share, all zeroes at first. Where only kLeast bytes of it can be shared, there
/// is no ring, and no call is sent ahead of its turn.
struct HostMemory {
  /// Memory is shared in pages of 4 to 64 KiB, by machine. So what is not always shared begins where the largest ends.
  static constexpr std::size_t kLargestPage = std::size_t{64} << 10;
  static constexpr std::size_t kLeast = sizeof(CrashRecord);

  CrashRecord record;
  std::array<char, kLargestPage - sizeof(CrashRecord)> unused;
  ResponseRing responses;
};
static_assert(offsetof(HostMemory, responses) == HostMemory::kLargestPage);

}  // namespace provider_host::wire
