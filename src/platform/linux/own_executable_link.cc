#include "platform/own_executable.h"

namespace provider_host::platform {

std::filesystem::path own_executable_link() { return "/proc/self/exe"; }

}  // namespace provider_host::platform
