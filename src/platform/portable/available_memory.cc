#include "platform/available_memory.h"

namespace provider_host::platform {

bool memory_is_short() { return false; }

}  // namespace provider_host::platform
