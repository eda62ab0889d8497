#include "platform/own_executable.h"

#include <system_error>

#ifdef __APPLE__
#include <mach-o/dyld.h>

#include <cstdint>
#include <string>
#else
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <string>
#endif

namespace provider_host::platform {
namespace {

namespace fs = std::filesystem;

#ifdef __APPLE__

fs::path program() {
  std::uint32_t size = 0;
  ::_NSGetExecutablePath(nullptr, &size);
  std::string path(size, '\0');
  return ::_NSGetExecutablePath(path.data(), &size) == 0 ? fs::path(path.c_str()) : fs::path();
}

#else

// As a shell finds a command.
fs::path on_path(const fs::path& name) {
  const char* const variable = std::getenv("PATH");
  std::istringstream directories(variable != nullptr ? variable : "");
  for (std::string directory; std::getline(directories, directory, ':');) {
    const fs::path file = fs::path(directory.empty() ? "." : directory) / name;
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

// This code is part of the program, whose name is what it was started with.
fs::path program() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&own_executable), &info) == 0 || info.dli_fname == nullptr) return {};
  const fs::path name(info.dli_fname);
  return name.has_parent_path() ? name : on_path(name);
}

#endif

}  // namespace

// Asked for at first while the program's name still leads to it: later there may be another current directory.
fs::path own_executable() {
  static const fs::path path = [] {
    std::error_code failed;
    fs::path resolved = fs::canonical(program(), failed);
    return failed ? fs::path() : resolved;
  }();
  return path;
}

fs::path own_executable_link() { return own_executable(); }

}  // namespace provider_host::platform
