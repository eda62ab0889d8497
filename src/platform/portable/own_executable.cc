#include "platform/own_executable.h"

#ifdef __APPLE__
#include <mach-o/dyld.h>

#include <cstdint>
#include <string>
#include <system_error>
#endif

namespace provider_host::platform {

#ifdef __APPLE__
std::filesystem::path own_executable() {
  std::uint32_t size = 0;
  ::_NSGetExecutablePath(nullptr, &size);
  std::string path(size, '\0');
  if (::_NSGetExecutablePath(path.data(), &size) != 0) return {};
  std::error_code failed;
  auto resolved = std::filesystem::canonical(path.c_str(), failed);
  return failed ? std::filesystem::path() : resolved;
}
#else
std::filesystem::path own_executable() { return {}; }
#endif

}  // namespace provider_host::platform
