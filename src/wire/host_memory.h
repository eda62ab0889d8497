#pragma once

#include "wire/crash_record.h"
#include "wire/response_ring.h"

namespace provider_host::wire {

/// The memory that a host and its pool share, all zeroes at first.
struct HostMemory {
  CrashRecord record;
  ResponseRing responses;
};

}  // namespace provider_host::wire
