#pragma once

#include <cstddef>

#include "wire/crash_record.h"
#include "wire/response_ring.h"

namespace provider_host::wire {

/// The memory that a host and its pool share, all zeroes at first. Where only the first page of it can be shared, there
/// is no ring, and no call is sent ahead of its turn.
struct HostMemory {
  static constexpr std::size_t kPage = 4096;

  CrashRecord record;
  alignas(kPage) ResponseRing responses;
};
static_assert(offsetof(HostMemory, responses) == HostMemory::kPage);

}  // namespace provider_host::wire
