#include "platform/available_memory.h"

#include "base/file_content.h"

namespace provider_host::platform {

bool memory_is_short() { return memory_is_short(content_of("/proc/meminfo").value_or("")); }

}  // namespace provider_host::platform
