#include "platform/memory_file.h"

namespace provider_host::platform {

Fd open_memory_file() { return open_nameless_file(); }

}  // namespace provider_host::platform
