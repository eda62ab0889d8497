#include <unistd.h>

#include "platform/own_executable.h"

namespace provider_host::platform {

std::filesystem::path own_executable_link() {
  constexpr const char* kLink = "/proc/self/exe";
  return ::access(kLink, F_OK) == 0 ? kLink : own_executable();
}

}  // namespace provider_host::platform
