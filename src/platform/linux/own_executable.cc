#include "platform/own_executable.h"

#include <sys/auxv.h>

#include <system_error>

namespace provider_host::platform {

// Without /proc, what exec was given: shells have looked it up in PATH.
std::filesystem::path own_executable() {
  std::error_code failed;
  std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (!failed) return path;
  const auto* const name = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  if (name == nullptr) return {};
  path = std::filesystem::canonical(name, failed);
  return failed ? std::filesystem::path() : path;
}

}  // namespace provider_host::platform
