#include "platform/own_executable.h"

#include <system_error>

namespace provider_host::platform {

std::filesystem::path own_executable() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored);
}

}  // namespace provider_host::platform
