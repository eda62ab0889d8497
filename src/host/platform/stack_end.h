#pragma once

#include <cstdint>

namespace provider_host::host {

/// The lowest address of the calling thread's stack; 0 when it is not known.
std::uintptr_t end_of_stack();

}  // namespace provider_host::host
