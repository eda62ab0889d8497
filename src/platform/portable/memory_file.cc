#include "platform/memory_file.h"

namespace provider_host::platform {

Fd open_memory_file(std::size_t size) { return open_nameless_file(size); }

}  // namespace provider_host::platform
